//! The page in a real browser: driven over WebDriver, and a server that counts its requests.

mod browser;
mod server;
mod session;
mod steps;

pub use browser::Browser;
pub use server::Server;
pub use session::{Session, html_file};
