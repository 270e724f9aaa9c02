//! What a user does with the page, and what it then says.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Session;

impl Session {
    /// Opens a trace and waits until its timeline is painted as a whole.
    ///
    /// # Errors
    /// If it does not open.
    pub fn open(&self, file: &Path) -> Result<()> {
        self.run("performance.clearMeasures('open')")?;
        self.choose(file)?;
        self.until(
            "performance.getEntriesByName('open').length || document.querySelector('.failure')",
        )
        .with_context(|| format!("opening {}", file.display()))?;
        let failure = self.run("return document.querySelector('.failure')?.innerText")?;
        if let Some(failure) = failure.as_str() {
            bail!("{} does not open: {failure}", file.display());
        }
        self.idle()
    }

    /// What the page says.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn text(&self) -> Result<String> {
        self.string("document.body.innerText")
    }

    /// The address behind `#`.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn hash(&self) -> Result<String> {
        self.string("location.hash")
    }

    /// The value of an expression in the page that is text.
    ///
    /// # Errors
    /// What the script throws.
    pub fn string(&self, expression: &str) -> Result<String> {
        let value = self.run(&format!("return {expression}"))?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }
}
