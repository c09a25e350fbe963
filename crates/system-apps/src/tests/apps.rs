//! What holds for all apps.

use crate::{
    stage::{Stage, unnamed},
    testing::{Fake, process},
};
use abi::Errno;
use widgets::ThemeChoice;

fn world() -> Fake {
    let fake =
        Fake::with_files(&[("/home", None), ("/home/notes.txt", Some("hello")), ("/home/Documents", None)]);
    fake.world().processes = vec![process(0, "AgentOS", 0), process(3, "Notes", 1_000)];
    fake
}

#[test]
fn everything_that_reacts_has_a_name_in_both_themes_and_all_sizes() {
    for spec in crate::all() {
        for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
            for size in [spec.min_size, spec.size, (spec.size.0 * 1.5, spec.size.1 * 1.5)] {
                for menus in [&[][..], &["list"], &["Events"], &["Syscalls"], &["save_as"]] {
                    let mut stage = Stage::new(&world(), (spec.make)(None), size, theme);
                    for menu in menus {
                        stage.harness.state_mut().app.menu(menu);
                    }
                    stage.frames(3);
                    assert_eq!(
                        unnamed(&stage.harness),
                        Vec::<String>::new(),
                        "{} at {size:?} {menus:?}",
                        spec.id
                    );
                }
            }
        }
    }
}

#[test]
fn no_app_breaks_when_every_call_fails() {
    for spec in crate::all() {
        let fake = world();
        for row in &abi::table::ROWS {
            fake.world().failing.insert(row.name, Errno::EACCES);
        }
        let mut stage = Stage::new(&fake, (spec.make)(Some("/home/notes.txt")), spec.size, ThemeChoice::Dark);
        for menu in stage.harness.state().app.menus() {
            for item in menu.items {
                stage.harness.state_mut().app.menu(&item.id);
                stage.frames(2);
            }
        }
        assert_eq!(unnamed(&stage.harness), Vec::<String>::new(), "{}", spec.id);
        assert!(!stage.harness.state().app.title().is_empty());
    }
}

#[test]
fn apps_survive_absurd_sizes() {
    for spec in crate::all() {
        for size in [(1.0, 1.0), (40.0, 900.0), (900.0, 20.0)] {
            Stage::new(&world(), (spec.make)(None), size, ThemeChoice::Dark).frames(2);
        }
    }
}

#[test]
fn an_app_that_nobody_sees_asks_nothing() {
    for id in ["system-monitor", "task-manager"] {
        let mut stage = Stage::of(&world(), id, None);
        stage.harness.state_mut().visible = false;
        stage.frames(40);
        stage.harness.state_mut().commands.clear();
        stage.frames(5);
        assert_eq!(stage.harness.state().commands, [], "{id} wakes the desktop while it is covered");
    }
}
