package trace

import "time"

// Distribution is what MMUCurve.MUD means to compute. MUD returns the minimum for every quantile: addMU returns before
// it adds to the distribution (nWorst is 0). This moves the window itself, but adds to Go's own distribution.
//
// The overlay of ../../renew-goldens.sh puts this file into internal/trace.
func (c *MMUCurve) Distribution(window time.Duration, quantiles []float64) []float64 {
	d, total := new(mud), 0.0
	for _, s := range c.series {
		start, end := s.util[0].Time, s.util[len(s.util)-1].Time-int64(window)
		if start >= end {
			continue
		}
		left := s.bands[0].integrator
		right := left
		for t := start; ; {
			mu := (right.advance(t+int64(window)) - left.advance(t)).mean(window)
			if t == end {
				break
			}
			next := min(left.next(t), right.next(t+int64(window))-int64(window), end)
			l, r := left, right
			last := (r.advance(next+int64(window)) - l.advance(next)).mean(window)
			d.add(mu, last, float64(next-t))
			t = next
		}
		total += float64(end - start)
	}
	out := make([]float64, len(quantiles))
	for i, q := range quantiles {
		out[i], _ = d.invCumulativeSum(total * q)
	}
	return out
}
