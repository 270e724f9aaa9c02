//! tracepane-pprof
