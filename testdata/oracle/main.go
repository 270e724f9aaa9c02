// Command tracepane-oracle asks Go about every trace of testdata and writes the answers as goldens.
//
// It imports internal packages, so it must be built as if it stood in Go's own source tree:
// see ../renew-goldens.sh.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"hash/fnv"
	"internal/profile"
	"internal/trace"
	"internal/trace/testtrace"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: tracepane-oracle TRACE_TOOL TESTDATA")
	}
	tool, testdata := os.Args[1], os.Args[2]
	goldens := filepath.Join(testdata, "goldens")
	for _, dir := range []string{goldens, filepath.Join(goldens, "goroutines"), filepath.Join(goldens, "profiles"), filepath.Join(goldens, "footprint"), filepath.Join(goldens, "annotations"), filepath.Join(goldens, "groups"), filepath.Join(goldens, "mmu"), filepath.Join(goldens, "timeline")} {
		check(os.MkdirAll(dir, 0o777))
	}
	temp, err := os.MkdirTemp("", "oracle")
	check(err)
	defer os.RemoveAll(temp)

	var events bytes.Buffer
	fmt.Fprintf(&events, "# go tool trace -d=parsed: path, lines, bytes and FNV-1a of the text, and of each %d lines\n", chunk)
	for _, pattern := range []string{"corpus/*.trace", "go/tracev1/*_good", "go/cases/*.test"} {
		paths, err := filepath.Glob(filepath.Join(testdata, pattern))
		check(err)
		slices.Sort(paths)
		for _, path := range paths {
			name, err := filepath.Rel(testdata, path)
			check(err)
			log.Print(name)
			binary := path
			if strings.HasSuffix(path, ".test") {
				binary = filepath.Join(temp, filepath.Base(path))
				check(encode(path, binary))
			}
			check(hashEvents(&events, tool, name, binary))
			if strings.HasPrefix(pattern, "corpus") {
				base := strings.TrimSuffix(filepath.Base(path), ".trace") + ".txt"
				check(os.WriteFile(filepath.Join(goldens, "goroutines", base), goroutines(binary), 0o666))
				check(os.WriteFile(filepath.Join(goldens, "profiles", base), profiles(tool, binary), 0o666))
				check(os.WriteFile(filepath.Join(goldens, "footprint", base), footprint(tool, binary), 0o666))
				check(os.WriteFile(filepath.Join(goldens, "groups", base), sections(tool, "groups", binary), 0o666))
				check(os.WriteFile(filepath.Join(goldens, "mmu", base), mmu(binary), 0o666))
				check(os.WriteFile(filepath.Join(goldens, "timeline", base), sections(tool, "timeline", binary), 0o666))
			}
			if strings.HasPrefix(pattern, "corpus") || strings.Contains(name, "annotations") || strings.Contains(name, "user_task_region") {
				base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".trace"), ".test") + ".txt"
				check(os.WriteFile(filepath.Join(goldens, "annotations", base), sections(tool, "annotations", binary), 0o666))
			}
		}
	}
	check(os.WriteFile(filepath.Join(goldens, "events.txt"), events.Bytes(), 0o666))
	bounds, err := exec.Command(tool, "-tracepane-histogram", "").Output()
	check(err)
	check(os.WriteFile(filepath.Join(goldens, "histogram.txt"), bounds, 0o666))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// encode writes the binary form of a case of internal/trace's own tests.
func encode(path, to string) error {
	r, _, _, err := testtrace.ParseFile(path)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	return f.Close()
}

// chunk is how many lines share a hash in events.txt.
const chunk = 10000

// hashEvents appends to w what `go tool trace -d=parsed` prints of a trace, as hashes.
func hashEvents(w io.Writer, tool, name, path string) error {
	cmd := exec.Command(tool, "-d=parsed", path)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	all, part := fnv.New64a(), fnv.New64a()
	var lines, size int
	var chunks []uint64
	r := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			if lines > 0 && lines%chunk == 0 {
				chunks = append(chunks, part.Sum64())
				part.Reset()
			}
			lines++
			size += len(line)
			all.Write(line)
			part.Write(line)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	chunks = append(chunks, part.Sum64())
	fmt.Fprintf(w, "%s %d %d %016x", name, lines, size, all.Sum64())
	if cmd.Wait() != nil {
		fmt.Fprintf(w, " error: %s", strings.TrimSpace(stderr.String()))
	}
	fmt.Fprintln(w)
	for _, c := range chunks {
		fmt.Fprintf(w, " %016x\n", c)
	}
	return nil
}

// A row is a line of a golden, with what it is sorted by when only the heaviest are kept.
type row struct {
	weight int64
	text   string
}

// compact writes all rows if they are few, else the heaviest ones; and what all of them hash to.
func compact(w io.Writer, title, totals string, rows []row) {
	const few, top = 40, 20
	h := fnv.New64a()
	for _, r := range rows {
		io.WriteString(h, r.text)
		io.WriteString(h, "\n")
	}
	fmt.Fprintf(w, "## %s: %d rows, hash %016x%s\n", title, len(rows), h.Sum64(), totals)
	if len(rows) > few {
		slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(b.weight, a.weight) })
		rows = rows[:top]
	}
	for _, r := range rows {
		fmt.Fprintln(w, r.text)
	}
}

// goroutines returns what trace.Summarizer says about each goroutine, and the groups of the page /goroutines.
func goroutines(path string) []byte {
	var w bytes.Buffer
	f, err := os.Open(path)
	check(err)
	defer f.Close()
	r, err := trace.NewReader(bufio.NewReader(f))
	check(err)
	s := trace.NewSummarizer()
	for {
		ev, err := r.ReadEvent()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Fprintf(&w, "error: %v\n", err)
			break
		}
		s.Event(&ev)
	}
	gs := s.Finalize().Goroutines
	var rows []row
	type group struct {
		count int
		exec  int64
	}
	groups := make(map[string]group)
	ids := make([]trace.GoID, 0, len(gs))
	for id := range gs {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var total [5]int64
	for _, id := range ids {
		g := gs[id]
		columns := [5]int64{int64(g.TotalTime), int64(g.ExecTime), int64(g.SchedWaitTime), int64(g.SyscallTime), int64(g.SyscallBlockTime)}
		for i, c := range columns {
			total[i] += c
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%d\t%s\t%d\t%d\t%d", g.ID, g.Name, g.CreationTime, g.StartTime, g.EndTime)
		for _, c := range columns {
			fmt.Fprintf(&b, "\t%d", c)
		}
		durations(&b, g.BlockTimeByReason)
		durations(&b, g.RangeTime)
		rows = append(rows, row{int64(g.ExecTime), b.String()})
		gr := groups[g.Name]
		gr.count++
		gr.exec += int64(g.ExecTime)
		groups[g.Name] = gr
	}
	fmt.Fprintln(&w, "# id, name, creation, start, end, total, execution, scheduling wait, syscall, syscall blocked, block by reason, ranges")
	compact(&w, "goroutines", fmt.Sprintf(", totals %d", total), rows)
	rows = nil
	for name, gr := range groups {
		rows = append(rows, row{gr.exec, fmt.Sprintf("%s\t%d\t%d", name, gr.count, gr.exec)})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.text, b.text) })
	compact(&w, "groups", "", rows)
	return w.Bytes()
}

// durations appends a column `name=ns,…`, sorted; names that took no time are left out.
func durations[D ~int64](b *strings.Builder, m map[string]D) {
	var parts []string
	for name, d := range m {
		if d != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", name, d))
		}
	}
	slices.Sort(parts)
	b.WriteString("\t" + strings.Join(parts, ","))
}

// profiles returns the samples of the four profiles.
func profiles(tool, path string) []byte {
	var w bytes.Buffer
	fmt.Fprintln(&w, "# count, ns, hash of the stack's lines `function file:line pc`, depth, leaf and its callers")
	for _, kind := range []string{"net", "sync", "syscall", "sched"} {
		cmd := exec.Command(tool, "-pprof="+kind, path)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			fmt.Fprintf(&w, "## %s: error: %s\n", kind, strings.TrimSpace(stderr.String()))
			continue
		}
		p, err := profile.Parse(bytes.NewReader(out))
		check(err)
		var rows []row
		var count, ns int64
		for _, sample := range p.Sample {
			count += sample.Value[0]
			ns += sample.Value[1]
			h := fnv.New64a()
			var names []string
			for i, loc := range sample.Location {
				if len(loc.Line) != 1 {
					log.Fatalf("location with %d lines", len(loc.Line))
				}
				fn := loc.Line[0].Function
				fmt.Fprintf(h, "%s %s:%d %#x\n", fn.Name, fn.Filename, loc.Line[0].Line, loc.Address)
				switch {
				case i == 0:
					names = append(names, fmt.Sprintf("%s (%s:%d)", fn.Name, filepath.Base(fn.Filename), loc.Line[0].Line))
				case i < 4 || i == len(sample.Location)-1:
					names = append(names, fn.Name)
				case i == 4:
					names = append(names, "…")
				}
			}
			text := fmt.Sprintf("%d\t%d\t%016x\t%d\t%s", sample.Value[0], sample.Value[1], h.Sum64(), len(sample.Location), strings.Join(names, " < "))
			rows = append(rows, row{sample.Value[1], text})
		}
		slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.text, b.text) })
		compact(&w, kind, fmt.Sprintf(", totals %d %d", count, ns), rows)
	}
	return w.Bytes()
}

// footprint returns what `go tool trace -d=footprint` prints of the event types that occur, sorted by name.
func footprint(tool, path string) []byte {
	var w bytes.Buffer
	fmt.Fprintln(&w, "# event type, bytes, share of the file's bytes, count, share of the events")
	cmd := exec.Command(tool, "-d=footprint", path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		fmt.Fprintf(&w, "error: %s\n", strings.TrimSpace(stderr.String()))
		return w.Bytes()
	}
	var rows []string
	for line := range strings.Lines(string(out)) {
		// A type that does not exist has no name, and so a field less.
		if f := strings.Fields(line); len(f) == 5 && f[0] != "Event" && f[3] != "0" && f[0] != "-" {
			rows = append(rows, strings.Join(f, "\t"))
		}
	}
	slices.Sort(rows)
	for _, r := range rows {
		fmt.Fprintln(&w, r)
	}
	return w.Bytes()
}

// sections returns what go tool trace, asked by trace/WHAT.go, prints of a trace.
func sections(tool, what, path string) []byte {
	var w bytes.Buffer
	cmd := exec.Command(tool, "-tracepane-"+what, path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		fmt.Fprintf(&w, "error: %s\n", strings.TrimSpace(stderr.String()))
		return w.Bytes()
	}
	fmt.Fprintf(&w, "# see oracle/trace/%s.go for the columns\n", what)
	var kind, title string
	var rows []row
	finish := func() {
		if kind == "compact" {
			compact(&w, title, "", rows)
		} else if kind == "raw" {
			fmt.Fprintf(&w, "## %s: %d rows\n", title, len(rows))
			for _, r := range rows {
				fmt.Fprintln(&w, r.text)
			}
		}
		rows = nil
	}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		what, rest, _ := strings.Cut(line, "\t")
		a, b, isPair := strings.Cut(rest, "\t")
		switch {
		case what == "section" && isPair:
			finish()
			kind, title = a, b
		case what == "row" && isPair:
			var weight int64
			_, err := fmt.Sscan(a, &weight)
			check(err)
			rows = append(rows, row{weight, b})
		default:
			log.Fatalf("%s: %q", path, line)
		}
	}
	finish()
	return w.Bytes()
}
