//go:build go1.23

package main

import (
	"context"
	"iter"
)

func init() {
	runCoroutine = func(ctx context.Context) {
		for ctx.Err() == nil {
			next, stop := iter.Pull(func(yield func(int) bool) {
				for i := range 10 {
					if !yield(i) {
						return
					}
				}
			})
			for range 7 {
				next()
			}
			stop()
			next, stop = iter.Pull(func(yield func(int) bool) { yield(1) })
			for _, ok := next(); ok; _, ok = next() {
			}
			stop()
		}
	}
}
