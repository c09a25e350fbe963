//! The layout as it is saved in a session, and back.
//!
//! Reading is tolerant: fields may lack or be nonsense, dialogs may have lost their parent. What
//! had to be changed or left out is said in [`Restored::notes`]. Gestures, the switcher and the
//! cascade are not saved.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};

use crate::apply::bounded;
use crate::desktop::{Desktop, MAX_WINDOWS};
use crate::dock::MAX_PINNED;
use crate::geometry::{Rect, Size};
use crate::placement::{MAX_PLACES, Place};
use crate::window::{DEFAULT_SIZE, Window, WindowId, sane_limits};
use crate::zone::{Seams, Zone};

/// A saved layout.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// From bottom to top.
    #[serde(deserialize_with = "readable_ones")]
    pub windows: Vec<SavedWindow>,
    #[serde(deserialize_with = "readable_ones")]
    pub pinned: Vec<String>,
    #[serde(deserialize_with = "readable")]
    pub seams: Seams,
    pub next_id: u64,
    #[serde(deserialize_with = "readable_ones")]
    closed: Vec<Place>,
}

/// A saved window.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedWindow {
    pub id: u64,
    pub app: String,
    pub title: String,
    #[serde(deserialize_with = "readable")]
    pub normal_rect: Option<Rect>,
    /// The work area that `normal_rect` was made in.
    #[serde(deserialize_with = "readable")]
    pub home: Option<Rect>,
    #[serde(deserialize_with = "readable")]
    pub zone: Option<Zone>,
    #[serde(deserialize_with = "readable")]
    pub min_size: Option<Size>,
    #[serde(deserialize_with = "readable")]
    pub max_size: Option<Size>,
    #[serde(deserialize_with = "readable")]
    pub parent: Option<WindowId>,
    pub minimised: bool,
    pub zoomed: bool,
    pub full_screen: bool,
}

/// A value, or something else that is passed over: a newer version's zone does not cost a window.
#[derive(Deserialize)]
#[serde(untagged)]
enum Readable<T> {
    Yes(T),
    No(IgnoredAny),
}

fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<T, D::Error> {
    Ok(match Readable::deserialize(from)? {
        Readable::Yes(value) => value,
        Readable::No(_) => T::default(),
    })
}

fn readable_ones<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let all: Vec<Readable<T>> = readable(from)?;
    let yes = all.into_iter().filter_map(|one| match one {
        Readable::Yes(value) => Some(value),
        Readable::No(_) => None,
    });
    Ok(yes.collect())
}

/// A desktop made from a snapshot.
#[derive(Debug)]
pub struct Restored {
    pub desktop: Desktop,
    /// What could not be taken as it was, one sentence each.
    pub notes: Vec<String>,
}

impl Desktop {
    /// The layout to save.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            windows: self.windows.iter().map(save).collect(),
            pinned: self.dock.pinned.clone(),
            seams: self.seams,
            next_id: self.next_id,
            closed: self.places.closed.clone(),
        }
    }

    /// A desktop in a frame of `frame` points, with the windows of `snapshot` under their old ids.
    pub fn restore(snapshot: Snapshot, frame: Size) -> Restored {
        let mut desktop = Desktop::new(frame);
        let mut notes = Vec::new();
        desktop.seams = snapshot.seams.sane();
        for saved in snapshot.windows {
            match desktop.take(saved) {
                Ok(()) => {}
                Err(note) => notes.push(note),
            }
        }
        desktop.windows.sort_by_key(|window| !window.minimised);
        let highest = desktop.windows.iter().map(|window| window.id.0).max();
        desktop.next_id = snapshot.next_id.clamp(1, u64::MAX / 2).max(highest.map_or(1, |id| id + 1));
        for app in snapshot.pinned {
            let app = bounded(app);
            let fits = desktop.dock.pinned.len() < MAX_PINNED && !desktop.dock.pinned.contains(&app);
            if fits && !app.is_empty() {
                desktop.dock.pinned.push(app);
            }
        }
        desktop.places.closed = sane_places(snapshot.closed);
        desktop.refit_all();
        debug_assert_eq!(desktop.verify_invariants(), Ok(()));
        Restored { desktop, notes }
    }

    fn take(&mut self, saved: SavedWindow) -> Result<(), String> {
        let (id, app) = (WindowId(saved.id), bounded(saved.app));
        if self.windows.len() >= MAX_WINDOWS {
            return Err(format!("window {id} of {app}: too many windows"));
        }
        if id.0 == 0 || id.0 >= u64::MAX / 2 || app.is_empty() {
            return Err(format!("window {id} has no valid id or app"));
        }
        if self.window(id).is_some() {
            return Err(format!("window {id} of {app} is there twice"));
        }
        let work = self.work_area();
        let (min_size, max_size) = sane_limits(saved.min_size, saved.max_size);
        let mut window = Window {
            id,
            app,
            title: bounded(saved.title),
            rect: Rect::default(),
            normal_rect: Rect::default(),
            zone: saved.zone,
            min_size,
            max_size,
            parent: None,
            home: saved.home.unwrap_or(work).sane(),
            minimised: saved.minimised,
            zoomed: saved.zoomed,
            full_screen: saved.full_screen,
        };
        let wish = saved.normal_rect.unwrap_or(Rect::from_min_size(work.min(), DEFAULT_SIZE)).sane();
        window.normal_rect = Rect::from_min_size(wish.min(), window.clamp_size(wish.size()));
        // A parent comes before its dialogs; one that did not come makes the dialog a plain window.
        if let Some(parent) = saved.parent.and_then(|parent| self.window(parent)) {
            window.parent = Some(parent.id);
            window.minimised = parent.minimised;
        }
        let lost_parent = saved.parent.is_some() && window.parent.is_none();
        self.note_running(&window.app);
        self.windows.push(window);
        if lost_parent {
            return Err(format!("window {id} has lost its parent and stands alone"));
        }
        Ok(())
    }
}

fn save(window: &Window) -> SavedWindow {
    SavedWindow {
        id: window.id.0,
        app: window.app.clone(),
        title: window.title.clone(),
        normal_rect: Some(window.normal_rect),
        home: Some(window.home),
        zone: window.zone,
        min_size: Some(window.min_size),
        max_size: window.max_size,
        parent: window.parent,
        minimised: window.minimised,
        zoomed: window.zoomed,
        full_screen: window.full_screen,
    }
}

fn sane_places(places: Vec<Place>) -> Vec<Place> {
    let skip = places.len().saturating_sub(MAX_PLACES);
    let sane = places.into_iter().skip(skip).map(|place| Place {
        app: bounded(place.app),
        rect: place.rect.sane(),
        home: place.home.sane(),
        ..place
    });
    sane.collect()
}
