package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"internal/trace"
	"internal/trace/traceviewer"
	"io"
	"math"
	"net/http/httptest"
	"os"
	"strings"
	"time"
)

// mmu returns what the page /mmu computes of a trace: for every set of flags the mutator utilization functions, the
// curve without and with percentiles (mode=plot), and the worst windows (mode=details).
//
// Floats are hashed by their bits. The 100 windows of a curve come from math.Exp, which rounds differently from machine
// to machine, so they are written in full, once for each pair of first and last. Flags with the same results as others
// before them name those.
func mmu(path string) []byte {
	var w bytes.Buffer
	f, err := os.Open(path)
	check(err)
	defer f.Close()
	r, err := trace.NewReader(bufio.NewReader(f))
	check(err)
	var events []trace.Event
	for {
		ev, err := r.ReadEvent()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Fprintf(&w, "error: %v\n", err)
			return w.Bytes()
		}
		events = append(events, ev)
	}
	util := func(flags trace.UtilFlags) ([][]trace.MutatorUtil, error) {
		return trace.MutatorUtilizationV2(events, flags), nil
	}
	handler := traceviewer.MMUHandlerFunc(nil, util)
	ask := func(query string, answer any) {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequest("GET", "/mmu?"+query, nil))
		if w.Code != 200 {
			panic(w.Body.String())
		}
		check(json.Unmarshal(w.Body.Bytes(), answer))
	}
	fmt.Fprintln(&w, "# view|flags, series, points, hash of times and utilizations; hash of the curve; hash of the curve with percentiles (equal to the minimum, a fault of addMU); place in the curve of a window, how many worst ones, their hash; … below: window, true p99.9, p99, p95, p55")
	windows, first := make(map[string]bool), make(map[string]string)
	for _, view := range []string{"system", "perProc"} {
		for set := range 16 {
			flags, names := trace.UtilFlags(0), view
			if view == "perProc" {
				flags |= trace.UtilPerProc
			}
			for i, name := range []string{"stw", "background", "assist", "sweep"} {
				if set&(1<<i) != 0 {
					flags |= trace.UtilSTW << i
					names += "|" + name
				}
			}
			line, curve, ends := flagSet(util, flags, names, ask)
			if len(curve) > 0 && !windows[ends] {
				windows[ends] = true
				fmt.Fprintf(&w, "windows %s:", ends)
				for _, point := range curve {
					fmt.Fprintf(&w, " %d", int64(point[0]))
				}
				fmt.Fprintln(&w)
			}
			if same := first[line]; same != "" {
				fmt.Fprintf(&w, "%s = %s\n", names, same)
				continue
			}
			first[line] = names
			fmt.Fprintln(&w, names, line)
			if len(curve) == 0 || set&1 == 0 || set&4 == 0 {
				continue
			}
			// Percentiles as they should be, so far apart that a few tell enough.
			utils, _ := util(flags)
			c := trace.NewMMUCurve(utils)
			for _, place := range []int{30, 50, 70, 90} {
				window := int64(curve[place][0])
				fmt.Fprintf(&w, "  %d %v\n", window, c.Distribution(time.Duration(window), []float64{1 - .999, 1 - .99, 1 - .95, .45}))
			}
		}
	}
	return w.Bytes()
}

func flagSet(util func(trace.UtilFlags) ([][]trace.MutatorUtil, error), flags trace.UtilFlags, names string, ask func(string, any)) (line string, curve [][]float64, ends string) {
	defer func() {
		if e := recover(); e != nil {
			line, ends = fmt.Sprintf("panic: %v", e), "0 0"
		}
	}()
	utils, _ := util(flags)
	h, points := fnv.New64a(), 0
	for _, series := range utils {
		points += len(series)
		fmt.Fprintf(h, "%d\n", len(series))
		for _, u := range series {
			fmt.Fprintf(h, "%d %016x\n", u.Time, math.Float64bits(u.Util))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %016x", len(utils), points, h.Sum64())
	for _, percentiles := range []string{"", "|mut"} {
		var answer struct {
			XMin, XMax int64
			Curve      [][]float64
		}
		ask("mode=plot&flags="+names+percentiles, &answer)
		h := fnv.New64a()
		for _, point := range answer.Curve {
			for _, mu := range point[1:] {
				fmt.Fprintf(h, "%016x\n", math.Float64bits(mu))
			}
		}
		fmt.Fprintf(&b, "; %016x", h.Sum64())
		curve, ends = answer.Curve, fmt.Sprintf("%d %d", answer.XMin, answer.XMax)
	}
	for _, place := range []int{20, 50, 80} {
		var worst []trace.UtilWindow
		ask(fmt.Sprintf("mode=details&flags=%s&window=%d", names, int64(curve[place][0])), &worst)
		h := fnv.New64a()
		for _, u := range worst {
			fmt.Fprintf(h, "%d %016x\n", u.Time, math.Float64bits(u.MutatorUtil))
		}
		fmt.Fprintf(&b, "; %d %d %016x", place, len(worst), h.Sum64())
	}
	return b.String(), curve, ends
}
