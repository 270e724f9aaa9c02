//! The code that the help gives to copy. Each piece of Go was built and vetted with Go 1.27, with stubs for the functions
//! that it calls. The flight recorder and `WaitGroup.Go` need Go 1.25, all else Go 1.11.

/// A piece of code with its title.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snippet {
    /// What it is for.
    pub title: &'static str,
    /// The code.
    pub code: &'static str,
}

/// A trace of tests.
pub const TEST: Snippet = Snippet {
    title: "A test",
    code: "go test -trace=trace.out -run TestCheckout ./shop",
};

/// A trace of a benchmark.
pub const BENCHMARK: Snippet = Snippet {
    title: "A benchmark",
    code: "go test -trace=trace.out -run '^$' -bench BenchmarkCheckout -benchtime 2s ./shop",
};

/// The handlers of net/http/pprof.
pub const SERVER: Snippet = Snippet {
    title: "A server: the handlers, once",
    code: r#"package main

import (
	"log"
	"net/http"
	_ "net/http/pprof" // registers /debug/pprof/
)

func main() {
	go func() {
		log.Println(http.ListenAndServe("localhost:6060", nil))
	}()
	serve() // what your program does
}
"#,
};

/// A trace of a running server.
pub const CURL: Snippet = Snippet {
    title: "A server: five seconds of it",
    code: "curl -o trace.out 'http://localhost:6060/debug/pprof/trace?seconds=5'",
};

/// A trace of some part of a program.
pub const START: Snippet = Snippet {
    title: "A stretch of your own code",
    code: r#"import (
	"os"
	"runtime/trace"
)

// traced runs work and writes a trace of it to the file name.
func traced(name string, work func()) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if closing := f.Close(); err == nil {
			err = closing
		}
	}()
	if err := trace.Start(f); err != nil {
		return err
	}
	defer trace.Stop()
	work()
	return nil
}
"#,
};

/// CPU samples in a trace.
pub const SAMPLES: Snippet = Snippet {
    title: "With CPU samples",
    code: r#"import (
	"io"
	"runtime/pprof"
)

// sampled runs work while the CPU profiler is on: its samples go into the trace too.
func sampled(work func()) error {
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	work()
	return nil
}
"#,
};

/// CPU samples in a trace of tests.
pub const TEST_SAMPLES: Snippet = Snippet {
    title: "A test, with CPU samples",
    code: "go test -trace=trace.out -cpuprofile=cpu.out -run TestCheckout ./shop",
};

/// Tasks, regions and logs.
pub const ANNOTATE: Snippet = Snippet {
    title: "A task with regions and a log",
    code: r#"import (
	"context"
	"runtime/trace"
)

func checkout(ctx context.Context, order int) {
	ctx, task := trace.NewTask(ctx, "checkout")
	defer task.End()

	trace.Logf(ctx, "order", "number %d", order)

	// A region around a function call.
	trace.WithRegion(ctx, "load", func() { load(ctx, order) })

	// A region up to the end of this function.
	defer trace.StartRegion(ctx, "pay").End()
	pay(ctx, order)
}
"#,
};

/// A task that other goroutines work for.
pub const GOROUTINES: Snippet = Snippet {
    title: "Goroutines that work for a task",
    code: r#"import (
	"context"
	"runtime/trace"
	"sync"
)

// all fetches every part at once. The context carries the task to the goroutines.
func all(ctx context.Context, parts []string) {
	ctx, task := trace.NewTask(ctx, "fetch all")
	defer task.End()

	var group sync.WaitGroup
	for _, part := range parts {
		group.Go(func() {
			defer trace.StartRegion(ctx, "fetch").End()
			fetch(ctx, part)
		})
	}
	group.Wait()
}
"#,
};

/// The flight recorder.
pub const RECORDER: Snippet = Snippet {
    title: "The flight recorder",
    code: r#"import (
	"os"
	"runtime/trace"
	"sync"
	"time"
)

// Keep about the last five seconds, in no more than about 16 MiB.
var recorder = trace.NewFlightRecorder(trace.FlightRecorderConfig{
	MinAge:   5 * time.Second,
	MaxBytes: 16 << 20,
})

var once sync.Once

// Call recorder.Start() when the program starts; then, after each request:
func finished(request time.Duration) {
	if request < 300*time.Millisecond {
		return
	}
	once.Do(func() {
		f, err := os.Create("slow-request.trace")
		if err != nil {
			return
		}
		defer f.Close()
		recorder.WriteTo(f)
	})
}
"#,
};

/// All of them.
pub const ALL: [Snippet; 10] = [
    TEST,
    BENCHMARK,
    SERVER,
    CURL,
    START,
    SAMPLES,
    TEST_SAMPLES,
    ANNOTATE,
    GOROUTINES,
    RECORDER,
];
