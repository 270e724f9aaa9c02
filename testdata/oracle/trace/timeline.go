// What the trace viewer's pictures consist of: /jsontrace in each of its modes, counted, as lines of text.
//
// This file becomes a part of cmd/trace: see ../../renew-goldens.sh. `trace -tracepane-timeline FILE` prints sections
// and rows as annotations.go does.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"internal/trace"
	"internal/trace/traceviewer"
	"internal/trace/traceviewer/format"
	"io"
	"log"
	"maps"
	"math"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
)

func init() {
	if len(os.Args) != 3 || os.Args[1] != "-tracepane-timeline" {
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
	tracepaneView(t, "").flows(w, "proc view")
	thread := tracepaneView(t, "view=thread")
	thread.flows(w, "thread view")
	thread.lanes(w)
	tracepaneGoroutineViews(w, t)
	tracepaneTaskViews(w, t)
	w.Flush()
	os.Exit(0)
}

// A tracepanePicture is what a mode of /jsontrace shows.
type tracepanePicture struct {
	arrows, instants map[string]int
	// By track: what was executed and the system calls.
	tracks map[uint64]*tracepaneTrack
	// The numbers of the tracks and of the tasks that have names.
	named, tasks []uint64
}

type tracepaneTrack struct {
	executed []tracepaneSlice
	syscalls map[string]tracepaneSum
}

type tracepaneSlice struct{ start, length, goroutine int64 }

type tracepaneSum struct{ count, ns int64 }

func tracepaneView(t *parsedTrace, query string) *tracepanePicture {
	r := httptest.NewRecorder()
	JSONTraceHandler(t).ServeHTTP(r, httptest.NewRequest("GET", "/jsontrace?"+query, nil))
	p := &tracepanePicture{
		arrows:   make(map[string]int),
		instants: make(map[string]int),
		tracks:   make(map[uint64]*tracepaneTrack),
	}
	if r.Body.Len() == 0 {
		return p
	}
	var data format.Data
	if err := json.Unmarshal(r.Body.Bytes(), &data); err != nil {
		log.Fatalf("%s: %v", query, err)
	}
	// Times are microseconds, with decimals.
	ns := func(us float64) int64 { return int64(math.Round(us * 1000)) }
	for _, ev := range data.Events {
		switch ev.Phase {
		case "s":
			p.arrows[ev.Name]++
		case "I":
			if ev.Category == "user event" {
				p.instants["log"]++
			} else {
				p.instants[ev.Name]++
			}
		case "M":
			fixed := ev.TID >= traceviewer.FakeP && ev.PID == format.ProcsSection
			if ev.Name != "thread_name" || fixed {
				continue
			}
			if ev.PID == format.TasksSection {
				p.tasks = append(p.tasks, ev.TID)
			} else {
				p.named = append(p.named, ev.TID)
			}
		case "X":
			if ev.PID != format.ProcsSection {
				continue
			}
			track := p.tracks[ev.TID]
			if track == nil {
				track = &tracepaneTrack{syscalls: make(map[string]tracepaneSum)}
				p.tracks[ev.TID] = track
			}
			var id int64
			if _, err := fmt.Sscanf(ev.Name, "G%d", &id); err == nil {
				track.executed = append(track.executed, tracepaneSlice{ns(ev.Time), ns(ev.Dur), id})
			} else if ev.Name == "syscall" {
				blocked := fmt.Sprint(ev.Arg.(map[string]any)["blocked"])
				sum := track.syscalls[blocked]
				track.syscalls[blocked] = tracepaneSum{sum.count + 1, sum.ns + ns(ev.Dur)}
			}
		}
	}
	slices.Sort(p.named)
	slices.Sort(p.tasks)
	return p
}

// flows prints the numbers of arrows and instants by name.
func (p *tracepanePicture) flows(w io.Writer, title string) {
	for _, kind := range []struct {
		name string
		m    map[string]int
	}{{"arrows", p.arrows}, {"instants", p.instants}} {
		fmt.Fprintf(w, "section\traw\t%s, %s\n", title, kind.name)
		for _, name := range slices.Sorted(maps.Keys(kind.m)) {
			fmt.Fprintf(w, "row\t0\t%s\t%d\n", name, kind.m[name])
		}
	}
}

// lanes prints of each thread what was executed (number, ns, hash of `start length goroutine`) and its system calls
// (number, ns) that did not block and that did.
func (p *tracepanePicture) lanes(w io.Writer) {
	fmt.Fprintf(w, "section\tcompact\tthreads\n")
	for _, id := range slices.Sorted(maps.Keys(p.tracks)) {
		if id >= traceviewer.FakeP {
			continue
		}
		track := p.tracks[id]
		slices.SortFunc(track.executed, func(a, b tracepaneSlice) int {
			return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.length, b.length), cmp.Compare(a.goroutine, b.goroutine))
		})
		var total int64
		h := fnv.New64a()
		for _, s := range track.executed {
			total += s.length
			fmt.Fprintf(h, "%d %d %d\n", s.start, s.length, s.goroutine)
		}
		no, yes := track.syscalls["no"], track.syscalls["yes"]
		fmt.Fprintf(w, "row\t%d\t%d\t%d\t%d\t%016x\t%d\t%d\t%d\t%d\n", total, id, len(track.executed), total, h.Sum64(), no.count, no.ns, yes.count, yes.ns)
	}
}

// tracepaneGoroutineViews prints the goroutines and the arrows of the views of goroutine 1 and of the busiest ones.
func tracepaneGoroutineViews(w io.Writer, t *parsedTrace) {
	var ids []trace.GoID
	for id := range t.summary.Goroutines {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b trace.GoID) int {
		return cmp.Or(cmp.Compare(t.summary.Goroutines[b].ExecTime, t.summary.Goroutines[a].ExecTime), cmp.Compare(a, b))
	})
	ids = ids[:min(len(ids), 5)]
	if _, ok := t.summary.Goroutines[1]; ok && !slices.Contains(ids, 1) {
		ids = append(ids, 1)
	}
	slices.Sort(ids)
	for _, id := range ids {
		related := slices.Sorted(maps.Keys(trace.RelatedGoroutinesV2(t.events, id)))
		p := tracepaneView(t, fmt.Sprintf("goid=%d", id))
		fmt.Fprintf(w, "section\traw\tgoroutine %d\n", id)
		fmt.Fprintf(w, "row\t0\tgoroutines\t%s\n", tracepaneIDs(related))
		for _, name := range slices.Sorted(maps.Keys(p.arrows)) {
			fmt.Fprintf(w, "row\t0\t%s\t%d\n", name, p.arrows[name])
		}
	}
}

// tracepaneTaskViews prints the tasks and goroutines of the views of some tasks.
func tracepaneTaskViews(w io.Writer, t *parsedTrace) {
	var ids []trace.TaskID
	for id, task := range t.summary.Tasks {
		if task.Start != nil {
			ids = append(ids, id)
		}
	}
	size := func(id trace.TaskID) int { return len(t.summary.Tasks[id].Descendents()) }
	slices.SortFunc(ids, func(a, b trace.TaskID) int {
		return cmp.Or(cmp.Compare(size(b), size(a)), cmp.Compare(a, b))
	})
	ids = ids[:min(len(ids), 8)]
	slices.Sort(ids)
	for _, id := range ids {
		p := tracepaneView(t, fmt.Sprintf("taskid=%d", id))
		fmt.Fprintf(w, "section\traw\ttask %d\n", id)
		fmt.Fprintf(w, "row\t0\ttasks\t%s\n", tracepaneIDs(p.tasks))
		fmt.Fprintf(w, "row\t0\tgoroutines\t%s\n", tracepaneIDs(p.named))
		fmt.Fprintf(w, "row\t0\tnewTask\t%d\n", p.arrows["newTask"])
	}
}

// tracepaneIDs prints numbers: how many, the first of them, and what all hash to.
func tracepaneIDs[T ~int64 | ~uint64](ids []T) string {
	h := fnv.New64a()
	var shown []string
	for i, id := range ids {
		fmt.Fprintf(h, "%d\n", id)
		if i < 12 {
			shown = append(shown, fmt.Sprint(id))
		}
	}
	return fmt.Sprintf("%d\t%016x\t%s", len(ids), h.Sum64(), strings.Join(shown, " "))
}
