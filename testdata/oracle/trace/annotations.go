// What go tool trace makes of regions and tasks: its own functions and pages, as lines of text.
//
// This file becomes a part of cmd/trace: see ../../renew-goldens.sh. `trace -tracepane-annotations FILE` prints
//
//	section TAB kind TAB title
//	row TAB weight TAB text
//
// where kind says what the oracle does with the rows: "compact" or "raw".
package main

import (
	"bufio"
	"cmp"
	"fmt"
	"hash/fnv"
	"html"
	"internal/trace"
	"internal/trace/traceviewer"
	"io"
	"log"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func init() {
	if len(os.Args) != 3 {
		return
	}
	log.SetFlags(0)
	w := bufio.NewWriter(os.Stdout)
	switch os.Args[1] {
	case "-tracepane-annotations":
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
		tracepaneAnnotations(w, t)
	case "-tracepane-histogram":
		tracepaneHistogram(w)
	default:
		return
	}
	w.Flush()
	os.Exit(0)
}

func tracepaneAnnotations(w io.Writer, t *parsedTrace) {
	tracepaneRegions(w, t)
	tracepaneRegionTypes(w, t)
	tracepaneRegionQueries(w, t)
	tracepaneTasks(w, t)
	tracepaneTaskTypes(w, t)
	tracepaneTaskQueries(w, t)
	tracepaneEvents(w, t)
}

// tracepaneHistogram prints the shortest duration of each bucket, found by TimeHistogram's own Add.
func tracepaneHistogram(w io.Writer) {
	bucket := func(d int64) int {
		var h traceviewer.TimeHistogram
		h.Add(time.Duration(d))
		return slices.Index(h.Buckets, 1)
	}
	for b := 0; b <= bucket(math.MaxInt64); b++ {
		low, high := int64(1), int64(math.MaxInt64)
		for low < high {
			middle := low + (high-low)/2
			if bucket(middle) >= b {
				high = middle
			} else {
				low = middle + 1
			}
		}
		fmt.Fprintln(w, low)
	}
}

// when returns an event's time, or - if there is none.
func tracepaneWhen(ev *trace.Event) string {
	if ev == nil {
		return "-"
	}
	return fmt.Sprint(ev.Time())
}

func tracepaneDurations(m map[string]time.Duration) string {
	var parts []string
	for name, d := range m {
		if d != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", name, d))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

func tracepaneBuckets(h traceviewer.TimeHistogram) string {
	var parts []string
	for i, n := range h.Buckets {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d:%d", i, n))
		}
	}
	return strings.Join(parts, " ")
}

func tracepaneHash(lines []string) string {
	h := fnv.New64a()
	for _, l := range lines {
		io.WriteString(h, l)
		io.WriteString(h, "\n")
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// tracepaneGoroutines returns the goroutines by id.
func tracepaneGoroutines(t *parsedTrace) []*trace.GoroutineSummary {
	var gs []*trace.GoroutineSummary
	for _, g := range t.summary.Goroutines {
		gs = append(gs, g)
	}
	slices.SortFunc(gs, func(a, b *trace.GoroutineSummary) int { return cmp.Compare(a.ID, b.ID) })
	return gs
}

func tracepaneRegions(w io.Writer, t *parsedTrace) {
	fmt.Fprintln(w, "section\tcompact\tregions")
	type row struct {
		weight time.Duration
		text   string
	}
	var rows []row
	for _, g := range tracepaneGoroutines(t) {
		for _, r := range g.Regions {
			rows = append(rows, row{r.TotalTime, fmt.Sprintf("%d\t%s\t%x\t%d\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s",
				g.ID, r.Name, regionTopStackFrame(r).PC, r.TaskID, tracepaneWhen(r.Start), tracepaneWhen(r.End),
				r.TotalTime, r.ExecTime, r.SchedWaitTime, r.SyscallTime, r.SyscallBlockTime,
				tracepaneDurations(r.BlockTimeByReason), tracepaneDurations(r.RangeTime))})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.text, b.text) })
	for _, r := range rows {
		fmt.Fprintf(w, "row\t%d\t%s\n", r.weight, r.text)
	}
}

func tracepaneRegionStats(t *parsedTrace) []regionStats {
	// As UserRegionsHandlerFunc.
	summary := make(map[regionFingerprint]regionStats)
	for _, g := range t.summary.Goroutines {
		for _, r := range g.Regions {
			id := fingerprintRegion(r)
			stats, ok := summary[id]
			if !ok {
				stats.regionFingerprint = id
			}
			stats.add(t, r)
			summary[id] = stats
		}
	}
	var all []regionStats
	for _, stats := range summary {
		all = append(all, stats)
	}
	slices.SortFunc(all, func(a, b regionStats) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Frame.PC, b.Frame.PC))
	})
	return all
}

func tracepaneRegionTypes(w io.Writer, t *parsedTrace) {
	fmt.Fprintln(w, "section\traw\tregion types")
	for _, s := range tracepaneRegionStats(t) {
		fmt.Fprintf(w, "row\t0\t%s\t%x\t%s %s:%d\t%d\t%s\n", s.Type, s.Frame.PC, s.Frame.Func, s.Frame.File, s.Frame.Line,
			s.Histogram.Count, tracepaneBuckets(s.Histogram))
	}
}

// tracepaneRegionQueries prints what the page /userregion matches, and its four profiles. The links of that page have
// a pc that its parser does not understand; here it has one that it does.
func tracepaneRegionQueries(w io.Writer, t *parsedTrace) {
	fmt.Fprintln(w, "section\traw\tregion queries")
	for _, s := range tracepaneRegionStats(t) {
		of := url.Values{"type": {s.Type}, "pc": {fmt.Sprintf("%x", s.Frame.PC)}}
		var sum time.Duration
		for _, g := range t.summary.Goroutines {
			for _, r := range g.Regions {
				if fingerprintRegion(r) == s.regionFingerprint {
					sum += regionInterval(t, r).duration()
				}
			}
		}
		mean := fmt.Sprintf("%dns", int64(sum)/int64(s.Histogram.Count))
		short, long := tracepaneCopy(of), tracepaneCopy(of)
		short.Set("latmax", mean)
		long.Set("latmin", mean)
		for _, query := range []url.Values{of, {"type": {s.Type}}, short, long} {
			tracepaneRegionQuery(w, t, query.Encode())
		}
	}
}

func tracepaneCopy(of url.Values) url.Values {
	c := make(url.Values)
	for k, v := range of {
		c[k] = v
	}
	return c
}

func tracepaneRegionQuery(w io.Writer, t *parsedTrace, query string) {
	filter, err := newRegionFilter(httptest.NewRequest("GET", "/userregion?"+query, nil))
	if err != nil {
		log.Fatal(err)
	}
	var lines []string
	for _, g := range t.summary.Goroutines {
		for _, r := range g.Regions {
			if filter.match(t, r) {
				lines = append(lines, fmt.Sprintf("%d %s %s", g.ID, tracepaneWhen(r.Start), tracepaneWhen(r.End)))
			}
		}
	}
	slices.Sort(lines)
	fmt.Fprintf(w, "row\t0\t%s\t%d\t%s\n", query, len(lines), tracepaneHash(lines))
	intervals, err := pprofMatchingRegions(filter, t)
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
		slices.Sort(lines)
		fmt.Fprintf(w, "row\t0\t  %s\t%d\t%d\t%d\t%s\n", kind.name, len(lines), count, sum, tracepaneHash(lines))
	}
}

func tracepaneTaskList(t *parsedTrace) []*trace.UserTaskSummary {
	var tasks []*trace.UserTaskSummary
	for _, task := range t.summary.Tasks {
		tasks = append(tasks, task)
	}
	slices.SortFunc(tasks, func(a, b *trace.UserTaskSummary) int { return cmp.Compare(a.ID, b.ID) })
	return tasks
}

func tracepaneTasks(w io.Writer, t *parsedTrace) {
	fmt.Fprintln(w, "section\tcompact\ttasks")
	for _, task := range tracepaneTaskList(t) {
		parent := "-"
		if task.Parent != nil {
			parent = fmt.Sprint(task.Parent.ID)
		}
		var gs []trace.GoID
		for id := range task.Goroutines {
			gs = append(gs, id)
		}
		slices.Sort(gs)
		var children []trace.TaskID
		for _, c := range task.Children {
			children = append(children, c.ID)
		}
		slices.Sort(children)
		var regions, logs []string
		for _, r := range task.Regions {
			regions = append(regions, fmt.Sprintf("%s %s %s", r.Name, tracepaneWhen(r.Start), tracepaneWhen(r.End)))
		}
		slices.Sort(regions)
		for _, ev := range task.Logs {
			l := ev.Log()
			logs = append(logs, fmt.Sprintf("%d %d %s %s", ev.Time(), ev.Goroutine(), l.Category, l.Message))
		}
		slices.Sort(logs)
		fmt.Fprintf(w, "row\t%d\t%d\t%s\t%s\t%s\t%s\t%v\t%v\t%d %s\t%d %s\n",
			taskInterval(t, task).duration(), task.ID, task.Name, parent, tracepaneWhen(task.Start), tracepaneWhen(task.End),
			gs, children, len(regions), tracepaneHash(regions), len(logs), tracepaneHash(logs))
	}
}

func tracepaneTaskTypes(w io.Writer, t *parsedTrace) {
	fmt.Fprintln(w, "section\traw\ttask types")
	for _, s := range tracepaneTaskStats(t) {
		fmt.Fprintf(w, "row\t0\t%s\t%d\t%d\t%s\n", s.Type, s.Count, s.Histogram.Count, tracepaneBuckets(s.Histogram))
	}
}

func tracepaneTaskStats(t *parsedTrace) []taskStats {
	// As UserTasksHandlerFunc.
	summary := make(map[string]taskStats)
	for _, task := range t.summary.Tasks {
		stats, ok := summary[task.Name]
		if !ok {
			stats.Type = task.Name
		}
		stats.add(task)
		summary[task.Name] = stats
	}
	var all []taskStats
	for _, stats := range summary {
		all = append(all, stats)
	}
	slices.SortFunc(all, func(a, b taskStats) int { return cmp.Compare(a.Type, b.Type) })
	return all
}

// tracepaneTaskQueries prints which tasks the page /usertask shows, in its order.
func tracepaneTaskQueries(w io.Writer, t *parsedTrace) {
	fmt.Fprintln(w, "section\traw\ttask queries")
	queries := []url.Values{{}, {"complete": {"1"}}, {"complete": {"0"}}}
	for _, text := range []string{"worker", "inner", "step 1", "e", "B", "checkout", "ünï", "nowhere"} {
		queries = append(queries, url.Values{"logtext": {text}})
	}
	for _, s := range tracepaneTaskStats(t) {
		of := url.Values{"type": {s.Type}}
		var sum time.Duration
		for _, task := range t.summary.Tasks {
			if task.Name == s.Type && task.Complete() {
				sum += taskInterval(t, task).duration()
			}
		}
		mean := fmt.Sprintf("%dns", int64(sum)/int64(max(s.Histogram.Count, 1)))
		short, long, cut := tracepaneCopy(of), tracepaneCopy(of), tracepaneCopy(of)
		short.Set("latmax", mean)
		long.Set("latmin", mean)
		cut.Set("complete", "0")
		cut.Set("logtext", "1")
		queries = append(queries, of, short, long, cut)
	}
	for _, query := range queries {
		var lines []string
		for _, task := range tracepanePage(t, query.Encode()) {
			lines = append(lines, fmt.Sprintf("%d %d %t", task.id, task.duration, task.complete))
		}
		fmt.Fprintf(w, "row\t0\t%s\t%d\t%s\n", query.Encode(), len(lines), tracepaneHash(lines))
	}
}

// tracepaneEvents prints the rows of the page /usertask.
func tracepaneEvents(w io.Writer, t *parsedTrace) {
	fmt.Fprintln(w, "section\tcompact\ttask events")
	for _, task := range tracepanePage(t, "") {
		for _, ev := range task.events {
			fmt.Fprintf(w, "row\t%d\t%d\t%d\t%d\t%s\t%s\n", ev.elapsed, task.id, ev.when, ev.elapsed, ev.goroutine, ev.what)
		}
	}
}

type tracepaneTask struct {
	id       uint64
	duration time.Duration
	complete bool
	events   []tracepaneEvent
}

type tracepaneEvent struct {
	when, elapsed   int64
	goroutine, what string
}

var (
	tracepaneFirst = regexp.MustCompile(`(?s)<tr class="first">.*?<td class="elapsed">(.*?)</td>.*?>Task (\d+)</a>.*?\((complete|incomplete)\)`)
	tracepaneEvRow = regexp.MustCompile(`(?s)<td class="when">(.*?)</td>\s*<td class="elapsed">(.*?)</td>\s*<td class="goid">(.*?)</td>\s*<td>(.*?)</td>`)
)

// tracepanePage asks the page /usertask itself. Of tasks that are equally long, those with the smaller number come first.
func tracepanePage(t *parsedTrace, query string) []tracepaneTask {
	rec := httptest.NewRecorder()
	UserTaskHandlerFunc(t)(rec, httptest.NewRequest("GET", "/usertask?"+query, nil))
	if rec.Code != http.StatusOK {
		log.Fatal(rec.Body.String())
	}
	var tasks []tracepaneTask
	body := rec.Body.String()
	starts := tracepaneFirst.FindAllStringSubmatchIndex(body, -1)
	for i, at := range starts {
		text := func(n int) string { return html.UnescapeString(body[at[2*n]:at[2*n+1]]) }
		var task tracepaneTask
		var err error
		if task.duration, err = time.ParseDuration(text(1)); err != nil {
			log.Fatal(err)
		}
		if task.id, err = strconv.ParseUint(text(2), 10, 64); err != nil {
			log.Fatal(err)
		}
		task.complete = text(3) == "complete"
		end := len(body)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		for _, m := range tracepaneEvRow.FindAllStringSubmatch(body[at[1]:end], -1) {
			task.events = append(task.events, tracepaneEvent{
				when: tracepaneNanos(m[1]), elapsed: tracepaneNanos(m[2]), goroutine: m[3], what: html.UnescapeString(m[4]),
			})
		}
		tasks = append(tasks, task)
	}
	slices.SortStableFunc(tasks, func(a, b tracepaneTask) int {
		return cmp.Or(cmp.Compare(a.duration, b.duration), cmp.Compare(a.id, b.id))
	})
	return tasks
}

// tracepaneNanos reads seconds with nine decimals, in which zeros may be blanks.
func tracepaneNanos(text string) int64 {
	text = strings.ReplaceAll(html.UnescapeString(text), " ", "0")
	n, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return n
}
