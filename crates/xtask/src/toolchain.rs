//! Finds or installs a compiler for wasm: rustup's target, else Debian's packages, else a sentence.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::shell;

/// What the page is compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How long `rustup target add` may take; it loads some 20 MB.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// What Debian calls a recent Rust, its standard library's source, and a linker for wasm.
const DEBIAN_PACKAGES: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-llvm",
    "lld",
];

/// The oldest compiler that builds the workspace: `rust-version` in Cargo.toml.
const OLDEST_MINOR: u32 = 90;

/// A way to compile for wasm.
pub enum Toolchain {
    /// The compiler in use has wasm's standard library.
    Installed,
    /// Debian's compiler, which builds the standard library from its source.
    Debian {
        /// `wasm-ld`, or a program that behaves like it.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Finds one, installs one if need be, or says what to install. `TRACEPANE_WASM=debian` skips rustup.
    pub fn find() -> Result<Self> {
        let rustup = std::env::var("TRACEPANE_WASM").as_deref() != Ok("debian");
        if rustup && (target_installed() || (rustup_adds_target() && target_installed())) {
            return Ok(Self::Installed);
        }
        if let Some(found) = debian() {
            return Ok(found);
        }
        if shell::can_apt() {
            let installed = shell::apt_install(
                DEBIAN_PACKAGES,
                "rustup has no wasm32-unknown-unknown to offer",
            );
            if let (Ok(()), Some(found)) = (&installed, debian()) {
                return Ok(found);
            }
        }
        bail!(
            "no Rust standard library for wasm: run `rustup target add {TARGET}`, or on Debian `apt-get install {}` as root",
            DEBIAN_PACKAGES.join(" ")
        );
    }

    /// A cargo command (`build`, `test`…) for wasm, with its own target folder.
    pub fn cargo(&self, verb: &str) -> Command {
        let mut command = match self {
            Self::Installed => shell::cargo(),
            Self::Debian { .. } => {
                let mut command = Command::new("/usr/bin/cargo");
                command.current_dir(shell::root());
                command
            }
        };
        command.args([verb, "--target", TARGET, "--target-dir"]);
        command.arg(self.target_dir());
        // What a person sets for native code does not fit wasm; .cargo/config.toml has the flags.
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            command.env_remove(variable);
        }
        if let Self::Debian { linker } = self {
            command
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            for variable in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTDOC"] {
                command.env_remove(variable);
            }
        }
        command
    }

    /// Where [`Toolchain::cargo`] builds.
    pub fn target_dir(&self) -> PathBuf {
        shell::target_dir().join(match self {
            Self::Installed => "wasm",
            Self::Debian { .. } => "wasm-debian",
        })
    }
}

fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

fn target_installed() -> bool {
    let place = rustc()
        .args(["--print", "target-libdir", "--target", TARGET])
        .stderr(std::process::Stdio::null())
        .output();
    let Ok(place) = place else { return false };
    let folder = String::from_utf8_lossy(&place.stdout).trim().to_owned();
    let Ok(files) = std::fs::read_dir(folder) else {
        return false;
    };
    files
        .flatten()
        .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

fn rustup_adds_target() -> bool {
    if shell::find_program(&["rustup"]).is_none() {
        return false;
    }
    eprintln!("adding the target {TARGET} with rustup");
    shell::quietly(
        Command::new("rustup").args(["target", "add", TARGET]),
        RUSTUP_LIMIT,
    )
}

/// Debian's compiler, when all that it needs is installed.
fn debian() -> Option<Toolchain> {
    let version = shell::output(Command::new("/usr/bin/rustc").arg("--version"))?;
    let minor: u32 = version.split('.').nth(1)?.parse().ok()?;
    let source = Path::new("/usr/lib/rustlib/src/rust/library/std/Cargo.toml");
    if minor < OLDEST_MINOR || !source.is_file() || !Path::new("/usr/bin/cargo").is_file() {
        return None;
    }
    // Debian's own first: it is the one of the compiler's LLVM.
    let linker = ["/usr/bin/rust-lld", "/usr/bin/wasm-ld"]
        .into_iter()
        .map(PathBuf::from)
        .find(|file| file.is_file())?;
    Some(Toolchain::Debian { linker })
}
