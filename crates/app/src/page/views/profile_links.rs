//! Links to the four profiles of something.

use leptos::prelude::*;

use super::profiles::title;
use crate::page::app::App;
use crate::page::widgets::facts::link;
use crate::protocol::{Link, ProfileName, ProfileOf, ProfileScope};

/// The links.
pub fn profile_links(app: App, scope: &ProfileScope) -> AnyView {
    let links = ProfileName::ALL.map(|kind| {
        let of = ProfileOf {
            kind,
            scope: scope.clone(),
            complete: false,
        };
        link(app, Link::Profile(of), title(kind))
    });
    view! {
        <span class="profile-links">
            <span class="quiet">"Profiles:"</span>
            {links.collect_view()}
        </span>
    }
    .into_any()
}
