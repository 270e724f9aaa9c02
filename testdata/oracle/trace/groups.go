// What go tool trace makes of the groups of goroutines: the sums of their statistics, and their profiles by its own
// functions.
//
// This file becomes a part of cmd/trace: see ../../renew-goldens.sh and annotations.go, whose form of output it has.
// `trace -tracepane-groups FILE`
package main

import (
	"bufio"
	"fmt"
	"internal/trace"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

func init() {
	if len(os.Args) != 3 || os.Args[1] != "-tracepane-groups" {
		return
	}
	log.SetFlags(0)
	f, err := os.Open(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	t, err := parseTrace(bufio.NewReader(f), 0)
	if err != nil {
		log.Fatal(err)
	}
	if t.err != nil {
		log.Fatal(t.err)
	}
	w := bufio.NewWriter(os.Stdout)
	groups := make(map[string][]*trace.GoroutineSummary)
	for _, g := range t.summary.Goroutines {
		groups[g.Name] = append(groups[g.Name], g)
	}
	names := slices.Sorted(maps.Keys(groups))
	fmt.Fprintln(w, "section\tcompact\tstatistics of groups")
	for _, name := range names {
		tracepaneGroup(w, name, groups[name])
	}
	fmt.Fprintln(w, "section\tcompact\tprofiles of groups")
	for _, name := range names {
		// The tool takes the empty name for all goroutines: it cannot ask for those without one.
		if name != "" {
			tracepaneGroupProfiles(w, name, t)
		}
	}
	w.Flush()
	os.Exit(0)
}

// tracepaneGroup prints a group's name, how many goroutines it has, and of each statistic the sum, the median and the
// largest (of goroutines that have none of it, 0).
func tracepaneGroup(w io.Writer, name string, gs []*trace.GoroutineSummary) {
	stats := make(map[string][]time.Duration)
	for _, g := range gs {
		add := func(stat string, d time.Duration) {
			if d != 0 {
				stats[stat] = append(stats[stat], d)
			}
		}
		add("Total", g.TotalTime)
		for stat, d := range g.NonOverlappingStats() {
			add(stat, d)
		}
		for stat, d := range g.RangeTime {
			add(stat, d)
		}
	}
	var exec time.Duration
	var parts []string
	for _, stat := range slices.Sorted(maps.Keys(stats)) {
		all := append(make([]time.Duration, len(gs)-len(stats[stat])), stats[stat]...)
		slices.Sort(all)
		var sum time.Duration
		for _, d := range all {
			sum += d
		}
		if stat == "Execution time" {
			exec = sum
		}
		parts = append(parts, fmt.Sprintf("%s=%d %d %d", stat, sum, all[(len(all)+1)/2-1], all[len(all)-1]))
	}
	fmt.Fprintf(w, "row\t%d\t%s\t%d\t%s\n", exec, name, len(gs), strings.Join(parts, ","))
}

// tracepaneGroupProfiles prints a group's profiles that are not empty: how many stacks, waits and ns, and what the lines
// of all samples hash to.
func tracepaneGroupProfiles(w io.Writer, name string, t *parsedTrace) {
	intervals, err := pprofMatchingGoroutines(name, t)
	if err != nil {
		log.Fatal(err)
	}
	for _, kind := range []struct {
		name    string
		compute computePprofFunc
	}{{"net", computePprofIO()}, {"sync", computePprofBlock()}, {"syscall", computePprofSyscall()}, {"sched", computePprofSched()}} {
		records, err := kind.compute(intervals, t.events)
		if err != nil {
			log.Fatal(err)
		}
		var lines []string
		var count uint64
		var sum time.Duration
		for _, r := range records {
			var b strings.Builder
			fmt.Fprintf(&b, "%d %d", r.Count, r.Time)
			for _, f := range r.Stack {
				fmt.Fprintf(&b, " %s %s:%d %#x", f.Func, f.File, f.Line, f.PC)
			}
			lines = append(lines, b.String())
			count += r.Count
			sum += r.Time
		}
		if len(lines) > 0 {
			slices.Sort(lines)
			fmt.Fprintf(w, "row\t%d\t%s\t%s\t%d\t%d\t%d\t%s\n", sum, name, kind.name, len(lines), count, sum, tracepaneHash(lines))
		}
	}
}
