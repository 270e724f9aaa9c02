//! Every number that bounds what a trace may make this crate do, with its reason.

/// The largest batch: `tracev2.MaxBatchSize`, the size of the runtime's buffers.
pub const BATCH_BYTES: u64 = 64 << 10;
/// The longest string: `tracev2.MaxEventTrailerDataSize`.
pub const STRING_BYTES: u64 = 1 << 10;
/// The deepest stack: `tracev2.MaxFramesPerStack`.
pub const STACK_FRAMES: u64 = 128;
/// A batch header: a type, an experiment, four numbers of at most ten bytes each.
pub const BATCH_HEADER_BYTES: usize = 2 + 4 * VARINT_BYTES;
/// The longest encoding of a 64-bit number.
pub const VARINT_BYTES: usize = 10;

/// How much of a source is read at once: large enough that a slice of a `File` costs little for each byte, small
/// enough that little is read past a generation's end.
pub const READ_BYTES: usize = 2 << 20;
/// How much is read at once of a generation whose length is known, or of a trace that is read as a whole: a browser takes
/// a millisecond for each megabyte then, and more than two with [`READ_BYTES`]; it holds twice as much meanwhile.
pub const KNOWN_READ_BYTES: usize = 32 << 20;
/// How much a scan for batch headers reads at once: most headers are a whole batch apart.
pub const INDEX_BYTES: usize = 4 << 10;
/// The same for [`crate::skim`], which is near a generation's end when it reads one header after the other.
pub const SKIM_BYTES: usize = SKIM_NEAR_BYTES as usize + 2 * BATCH_BYTES as usize;
/// How far the first jump of [`crate::skim`] within a generation goes; each is twice as far as the one before.
pub const SKIM_JUMP_BYTES: u64 = 256 << 10;
/// How near to a generation's end it follows batches one by one.
pub const SKIM_NEAR_BYTES: u64 = 256 << 10;
/// How many stretches of a trace [`crate::footprint::sample`] looks at, and how many bytes of each.
pub const SAMPLES: u64 = 12;
/// A stretch holds some of the largest batches.
pub const SAMPLE_BYTES: u64 =
    (RESYNC_BATCHES as u64 + 1) * (BATCH_BYTES + BATCH_HEADER_BYTES as u64);
/// How much of a compressed trace it uncompresses, from the beginning on.
pub const SAMPLE_PACKED_BYTES: u64 = 1 << 20;
/// How many bytes of damage are held in memory while a later batch is looked for; then they are dropped.
pub const DAMAGE_BYTES: usize = 1 << 20;
/// How many batches must follow one another before bytes after damage, or anywhere in a file, are believed
/// to be batches.
pub const RESYNC_BATCHES: usize = 3;
/// How far the time of a batch after damage may be from that of its generation, in ticks: at least some seconds, where
/// a generation lasts about one, and little against the time since the machine started.
pub const RESYNC_TICKS: u64 = 1 << 34;
/// How many generations may be missing altogether between batches before and after damage.
pub const RESYNC_GENERATIONS: u64 = 1 << 12;
/// How many losses are listed one by one; further ones are added to the last, for a file of nothing but damage.
pub const LOSSES: usize = 1000;
/// The largest result of inflating a gzip'ed trace: what a tab can hold.
pub const INFLATED_BYTES: u64 = 1 << 30;

/// How many bytes of memory may be spent on going back to generations that were read: see [`crate::Replay`].
pub const CHECKPOINT_BYTES: u64 = 32 << 20;
/// How many events an [`crate::Excerpt`] keeps: more than anybody scrolls through.
pub const EXCERPT_EVENTS: usize = 200_000;
/// How many bytes of text it keeps of them, stacks included.
pub const EXCERPT_BYTES: usize = 64 << 20;

/// Ids below this are looked up in an array whatever the size of the file; larger ones only if the file is large
/// enough that the array is no larger than the file.
pub const DENSE_IDS: u64 = 1 << 14;
/// How many ranges (stop-the-world, mark assist) may be open on one goroutine; the runtime has at most two.
pub const OPEN_RANGES: usize = 16;
/// How far down a goroutine's open regions a region is looked for that ends out of turn.
pub const REGION_SEARCH: usize = 64;

/// How much later than the earliest event another may be and still be taken first, in a generation that is known to
/// be damaged, in nanoseconds. Beyond it the earliest event is taken to wait for something that was lost.
pub const PATIENCE_NANOS: i64 = 1_000_000;
/// Work (threads looked at) that may be spent on events which cannot advance at once, for each byte of a generation,
/// beyond [`FREE_SEARCHES`]. A sound trace needs less than one.
pub const SEARCHES_PER_BYTE: u64 = 32;
/// Work that is free, for small generations of many threads.
pub const FREE_SEARCHES: u64 = 1 << 22;
/// How many threads are looked at for each such event when the allowance is used up, or when something is missing, so
/// that there will be many such events.
pub const POOR_SEARCH: usize = 32;
/// How many goroutines, procs and threads may be forgotten after damage, for each byte of the file read so far,
/// beyond [`FREE_SEARCHES`].
pub const FORGET_PER_BYTE: u64 = 16;

/// The longest string of format v1: `readRawEvent` in `internal/tracev1/parser.go`.
pub const V1_STRING_BYTES: u64 = 1_000_000;
/// The deepest stack of format v1: `parseEvent` there.
pub const V1_STACK_FRAMES: u64 = 1000;
/// The longest block of arguments of format v1: `readRawEvent` there.
pub const V1_ARGUMENT_BYTES: u64 = 2048;
/// The most events that a trace of format v1 may have: each has a place of 32 bits in their order.
pub const V1_EVENTS: u32 = u32::MAX - 1;
/// Goroutines and stacks of format v1 with smaller ids are looked up in an array of at most 4 MB, others in a map.
pub const V1_DENSE_IDS: u64 = 1 << 20;
/// How many events must follow a byte that looks like a v1 batch's first one, for it to be believed after damage.
pub const V1_RESYNC_EVENTS: usize = 16;
/// How many are enough where the trace ends behind them.
pub const V1_RESYNC_EVENTS_AT_END: usize = 4;
