//! The page in a real browser: a headless Chromium driven over WebDriver, and a server that counts its requests.

mod server;
mod session;
mod steps;

pub use server::Server;
pub use session::{Session, html_file};
