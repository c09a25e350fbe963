//! Plays the scripts in `tests/drive/` on the product, as a person would run them. Each script is a list of
//! things that somebody sees or does; what it expects stands in it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drive").join(name)
}

fn agentos() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agentos"));
    command.env("SHELL", "/bin/sh").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn played(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| line.chars().take(600).collect::<String>() + "\n")
            .collect::<String>(),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn play(name: &str) {
    play_with(name, &[]);
}

fn play_with(name: &str, arguments: &[&str]) {
    let output = agentos().arg("drive").args(arguments).arg(script(name)).output().unwrap();
    assert!(output.status.success(), "{name}: {}", played(&output));
}

macro_rules! scripts {
    ($($test:ident: $file:literal;)*) => {$(
        #[test]
        fn $test() {
            play($file);
        }
    )*};
}

scripts! {
    calculator_by_pointer_and_keys: "calculator.jsonl";
    notes_survive_a_restart: "notes_restart.jsonl";
    notes_survive_a_kill: "notes_kill.jsonl";
    windows_snap_by_keyboard: "snap_keyboard.jsonl";
    windows_snap_by_drag: "snap_drag.jsonl";
    terminal_echoes: "terminal.jsonl";
    terminals_have_tabs: "terminal_tabs.jsonl";
    terminals_are_searched: "terminal_search.jsonl";
    a_log_tells_output_and_errors_apart: "process_log.jsonl";
    a_program_without_a_window_is_told_of: "process_background.jsonl";
    manifests_may_change_while_the_desktop_runs: "process_manifests.jsonl";
    monitor_shows_live_truth: "monitor.jsonl";
    why_tells_what_made_a_folder_and_takes_it_back: "why_file.jsonl";
    why_is_asked_about_windows: "why_window.jsonl";
    what_starts_began_with_a_click_or_a_key: "why_start.jsonl";
    a_program_is_ended_with_its_tree: "tasks_end_tree.jsonl";
    launcher_opens_and_calculates: "launcher.jsonl";
    files_make_rename_delete: "files.jsonl";
    files_say_what_made_them: "files-properties.jsonl";
    the_first_run_is_composed: "first_run.jsonl";
    settings_change_the_theme: "settings.jsonl";
    the_rarer_steps_do_what_they_say: "steps.jsonl";
    an_app_asks_for_a_right_and_a_person_answers: "rights.jsonl";
    five_rights_are_one_prompt_and_later_waits_in_the_inbox: "approvals.jsonl";
    approvals_by_keyboard_alone: "approvals_keys.jsonl";
    a_false_dialog_gives_nothing_and_a_flood_is_muted: "approvals_spoof.jsonl";
    what_was_refused_can_be_allowed_and_lasts: "approvals_offer.jsonl";
    an_app_that_was_not_shipped_is_asked_about_before_it_starts: "first_start.jsonl";
    what_is_taken_is_taken_from_a_program_that_runs: "revoke_running.jsonl";
    files_that_run_later_are_held_and_told_in_red: "runs_later.jsonl";
    who_has_read_nothing_finds_the_promise: "promise_found.jsonl";
}

/// Whether a program is there; what is not tried is said.
fn is_installed(program: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    let there = path.split(':').any(|folder| Path::new(folder).join(program).is_file());
    if !there {
        eprintln!("NOT TRIED: {program} is not installed on this machine");
    }
    there
}

// Without the messages of a first run, which lie over the buttons.
#[test]
fn changes_of_a_program_are_reviewed_applied_undone_and_discarded() {
    play_with("review.jsonl", &["--empty"]);
}

#[test]
fn a_script_that_nobody_trusts_is_held_and_reviewed() {
    play_with("promise.jsonl", &["--empty"]);
}

/// With each way to hold changes back, which the usual one is one of.
fn play_held_back(name: &str, how: &str) {
    let place = tempfile::tempdir().unwrap();
    if let (true, Err(why)) = (how == "overlay", sandbox::probe_layers(place.path())) {
        eprintln!("NOT TRIED: {name} with an overlay: {why}");
        return;
    }
    let output = agentos()
        .env("AGENTOS_COPY_ON_WRITE", how)
        .args(["drive", "--empty"])
        .arg(script(name))
        .output()
        .unwrap();
    assert!(output.status.success(), "{name} with {how}: {}", played(&output));
}

#[test]
fn changes_are_kept_in_layers_over_a_folder() {
    play_held_back("overlay.jsonl", "overlay");
}

#[test]
fn the_promise_holds_however_changes_are_held_back() {
    play_held_back("promise.jsonl", "overlay");
    play_held_back("promise.jsonl", "copy");
    play_held_back("review.jsonl", "copy");
}

/// With bash as the user's shell, which marks its commands.
fn play_in_bash(name: &str) {
    play_in("bash", name);
}

/// With this as the user's shell.
fn play_in(shell: &str, name: &str) {
    if !is_installed(shell) {
        return;
    }
    let output = agentos().env("SHELL", shell).args(["drive", "--empty"]).arg(script(name)).output().unwrap();
    assert!(output.status.success(), "{shell}: {name}: {}", played(&output));
}

#[test]
fn many_hosts_of_one_program_are_one_question() {
    if is_installed("python3") {
        let output = agentos().args(["drive", "--empty"]).arg(script("many_hosts.jsonl")).output().unwrap();
        assert!(output.status.success(), "{}", played(&output));
    }
}

#[test]
fn commands_are_known_with_code_and_folder() {
    play_in_bash("terminal_commands.jsonl");
}

#[test]
fn other_shells_mark_their_commands_as_well() {
    for shell in ["bash", "zsh", "fish"] {
        play_in(shell, "terminal_shells.jsonl");
    }
}

#[test]
fn a_folder_opens_in_a_terminal() {
    play_in_bash("terminal_folder.jsonl");
}

#[test]
fn programs_that_fill_the_screen_work_in_a_terminal() {
    play_in_bash("terminal_programs.jsonl");
    for (program, file) in [
        ("vim", "terminal_vim.jsonl"),
        ("less", "terminal_less.jsonl"),
        ("htop", "terminal_htop.jsonl"),
        ("tmux", "terminal_tmux.jsonl"),
    ] {
        if is_installed(program) {
            play_in_bash(file);
        }
    }
}

#[test]
fn connections_are_seen_refused_allowed_and_closed() {
    if Path::new("/usr/bin/python3").exists() {
        play_with("connections.jsonl", &["--empty"]);
    } else {
        eprintln!("NOT TRIED: there is no /usr/bin/python3 to connect to");
    }
}

#[test]
fn a_flood_leaves_keys_and_other_windows_their_time() {
    play_in_bash("terminal_flood.jsonl");
}

/// What lies in a folder of the data folder: names and contents, folders without any.
fn lies_in(folder: &Path) -> Vec<(String, Option<String>)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).ok()))
        .collect();
    found.sort();
    found
}

#[test]
fn files_go_into_the_trash_and_come_back() {
    let data = tempfile::tempdir().unwrap();
    play_with("files-trash.jsonl", &["--empty", "--data-dir", data.path().to_str().unwrap()]);
    let documents = lies_in(&data.path().join("home/Documents"));
    let names: Vec<&str> = documents.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Welcome.md", "letter 2.txt", "letter.txt"]);
    assert_eq!(lies_in(&data.path().join("home/.Trash/files")), []);
    assert_eq!(lies_in(&data.path().join("home/.Trash/info")), []);
}

#[test]
fn changes_of_files_are_undone_and_done_again() {
    let data = tempfile::tempdir().unwrap();
    play_with("files-undo.jsonl", &["--empty", "--data-dir", data.path().to_str().unwrap()]);
    let home = data.path().join("home/Documents");
    let welcome = std::fs::read_to_string(home.join("Welcome.md")).unwrap();
    assert!(!welcome.is_empty());
    let expected = [("Box", None), ("Welcome 2.md", Some(&welcome)), ("Welcome.md", Some(&welcome))];
    let expected = expected.map(|(name, text)| (name.to_owned(), text.cloned()));
    assert_eq!(lies_in(&home), expected);
    assert_eq!(lies_in(&home.join("Box")), []);
}

#[test]
fn newer_content_is_not_undone_away() {
    let data = tempfile::tempdir().unwrap();
    play_with("files-refused.jsonl", &["--empty", "--data-dir", data.path().to_str().unwrap()]);
    let draft = std::fs::read_to_string(data.path().join("home/Documents/draft.txt"));
    assert_eq!(draft.unwrap(), "newer words");
}

#[test]
fn files_go_from_window_to_window() {
    let data = tempfile::tempdir().unwrap();
    play_with("files-windows.jsonl", &["--empty", "--data-dir", data.path().to_str().unwrap()]);
    let names = |folder: &str| {
        let found = lies_in(&data.path().join("home").join(folder));
        found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names("Documents"), ["Welcome.md"]);
    assert_eq!(names("Downloads"), ["Welcome 2.md", "Welcome.md"]);
}

#[test]
fn pages_name_the_owner_of_each_object() {
    play_with("monitor_objects.jsonl", &["--empty"]);
}

#[test]
fn everything_works_by_keyboard_alone() {
    play_with("keyboard.jsonl", &["--empty"]);
}

#[test]
fn a_copy_of_the_calculator_with_other_ids_works_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("apps/blueprint/utilities/calculator.bp");
    let text = std::fs::read_to_string(original).unwrap();
    let copy = text
        .replace("\"calculator\"", "\"sums\"")
        .replace("\"Calculator\"", "\"Sums\"")
        .replace("key-", "taste-");
    let path = folder.path().join("sums.bp");
    std::fs::write(&path, copy).unwrap();
    let steps = format!(
        "{{\"open\": {path:?}}}\n{{\"click\": {{\"role\": \"button\", \"name\": \"7\", \"window\": \"sums\"}}}}\n{{\"type\": \"*6=\"}}\n\
         {{\"expect\": {{\"window\": \"sums\", \"role\": \"label\", \"name\": \"Result\", \"value\": \"42\"}}}}\n"
    );
    let file = folder.path().join("steps.jsonl");
    std::fs::write(&file, steps).unwrap();
    let output = agentos().arg("drive").arg("--empty").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", played(&output));
}

#[test]
fn a_failed_expectation_ends_with_1_and_a_wrong_line_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("steps.jsonl");
    std::fs::write(
        &file,
        "{\"expect\": {\"role\": \"button\", \"name\": \"no such thing\"}}\n{\"windows\": true}\n",
    )
    .unwrap();
    let output = agentos().arg("drive").arg("--empty").arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", played(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1, "the script stops at the failure");
    std::fs::write(&file, "{\"clik\": {}}\n").unwrap();
    let output = agentos().arg("drive").arg("--empty").arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", played(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("there is no step"));
}

#[test]
fn broken_apps_are_listed_with_their_error_and_harm_nobody() {
    let data = tempfile::tempdir().unwrap();
    let apps = data.path().join("home/Apps");
    std::fs::create_dir_all(&apps).unwrap();
    std::fs::write(apps.join("broken.bp"), "{ \"app\": { \"id\": \"broken\", ").unwrap();
    std::fs::write(
        apps.join("odd.bp"),
        r#"{"app":{"id":"odd","name":"Odd"},"ui":{"title":"Odd","components":[{"type":"hologram","id":"h"},{"type":"text","id":"t","props":{"content":"still here"}}]}}"#,
    )
    .unwrap();
    let file = data.path().join("steps.jsonl");
    let steps = [
        r#"{"open": "odd"}"#,
        r#"{"expect": {"role": "label", "name": "still here", "window": "odd"}}"#,
        r#"{"open": "calculator"}"#,
        r#"{"expect": {"role": "button", "name": "7", "window": "calculator"}}"#,
        r#"{"key": "Ctrl+K"}"#,
        r#"{"type": "broken"}"#,
        r#"{"expect": {"role": "list_box_option", "name": "broken"}}"#,
        r#"{"key": "Escape"}"#,
        r#"{"open": "broken"}"#,
    ];
    std::fs::write(&file, steps.join("\n")).unwrap();
    let output =
        agentos().arg("drive").arg("--empty").arg("--data-dir").arg(data.path()).arg(&file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{}", played(&output));
    let last = text.lines().last().unwrap();
    assert!(last.contains("\"line\":9") && last.contains("broken.bp:1:"), "{last}");
}

#[test]
fn a_second_desktop_on_the_same_folder_says_so_and_stops() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("steps.jsonl");
    std::fs::write(&file, "{\"wait\": 4000}\n").unwrap();
    let mut first =
        agentos().arg("drive").arg("--empty").arg("--data-dir").arg(data.path()).arg(&file).spawn().unwrap();
    let lock = data.path().join("lock");
    let began = std::time::Instant::now();
    while std::fs::read_to_string(&lock).unwrap_or_default().is_empty() {
        assert!(began.elapsed().as_secs() < 20, "the first desktop did not start");
        std::thread::yield_now();
    }
    let second =
        agentos().arg("drive").arg("--empty").arg("--data-dir").arg(data.path()).arg(&file).output().unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("in use by another AgentOS"), "{said}");
    let _ = first.kill();
    let _ = first.wait();
}

/// Ids of everything that ships: documents, manifests, and what is part of the program.
fn shipped_apps() -> Vec<String> {
    let apps = Path::new(env!("CARGO_MANIFEST_DIR")).join("apps");
    let inside = |folder: &Path| {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let documents =
        inside(&apps.join("blueprint")).iter().flat_map(|category| inside(category)).collect::<Vec<_>>();
    let files = documents.into_iter().chain(inside(&apps.join("process")));
    let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.map(stem).chain(system_apps::all().iter().map(|spec| spec.id.to_owned())).collect()
}

#[test]
fn everything_that_can_be_pressed_or_have_the_keyboard_has_a_role_and_a_name() {
    let apps = shipped_apps();
    assert!(apps.len() >= 12, "{apps:?}");
    let mut steps: Vec<String> = Vec::new();
    // One asks a question that lies over everything; `promise.jsonl` answers it.
    for app in apps.iter().filter(|app| *app != "untrusted-script") {
        steps.push(format!("{{\"open\": {app:?}}}"));
        steps.push(format!("{{\"tree\": {app:?}}}"));
    }
    // Other pages, and what lies over everything.
    for (app, pages) in [
        ("settings", &["page-keyboard", "page-about"][..]),
        ("notes", &["new"]),
        ("files", &["as-list", "compact", "properties", "place-trash", "place-home", "new-folder"]),
    ] {
        steps.push(format!("{{\"open\": {app:?}}}"));
        for page in pages {
            steps.push(format!("{{\"click\": {{\"id\": \"{app}/{page}\"}}}}"));
            steps.push(format!("{{\"tree\": {app:?}}}"));
        }
    }
    steps.push("{\"open\": \"system-monitor\"}".into());
    for page in ["Events", "Syscalls", "Memory", "Processes", "IPC", "Sockets", "Security", "Journal", "Why?"]
    {
        steps.push(format!(
            "{{\"click\": {{\"role\": \"list_item\", \"name\": {page:?}, \"window\": \"system-monitor\"}}}}"
        ));
        steps.push("{\"tree\": \"system-monitor\"}".into());
    }
    for chord in ["Ctrl+Shift+K", "Escape", "F1", "Escape"] {
        steps.push(format!("{{\"key\": {chord:?}}}"));
        steps.push("{\"tree\": true}".into());
    }
    for menu in ["System", "Window"] {
        steps.push(format!("{{\"click\": {{\"role\": \"menu_item\", \"name\": {menu:?}}}}}"));
        steps.push("{\"tree\": true}".into());
        steps.push("{\"key\": \"Escape\"}".into());
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("steps.jsonl");
    std::fs::write(&file, steps.join("\n")).unwrap();
    let output = agentos().args(["drive", "--empty"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", played(&output));
    let (mut seen, mut unnamed) = (0, Vec::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let result: serde_json::Value = serde_json::from_str(line).unwrap();
        for node in result["tree"].as_array().into_iter().flatten() {
            let role = node["role"].as_str().unwrap_or_default();
            // egui's scroll bars have a role and no name; readers scroll by other means.
            let named_by_role = role == "scroll_bar";
            if named_by_role || (node["clickable"] != true && node["focusable"] != true) {
                continue;
            }
            seen += 1;
            if node["name"] == "" || ["", "unknown", "generic_container"].contains(&role) {
                unnamed.push(format!("{} {node}", steps[result["line"].as_u64().unwrap() as usize - 1]));
            }
        }
    }
    assert!(seen > 300, "only {seen}");
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}

#[test]
fn sessions_and_apps_that_come_and_go_are_in_the_journal() {
    let data = tempfile::tempdir().unwrap();
    let apps = data.path().join("home/Apps");
    std::fs::create_dir_all(&apps).unwrap();
    let document = r#"{"app":{"id":"mine","name":"Mine"},"ui":{"title":"Mine","components":[]}}"#;
    std::fs::write(apps.join("mine.bp"), document).unwrap();
    let play = |steps: &[&str]| {
        let file = data.path().join("steps.jsonl");
        std::fs::write(&file, steps.join("\n")).unwrap();
        let output = agentos()
            .args(["drive", "--empty", "--data-dir"])
            .args([data.path(), file.as_path()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", played(&output));
    };
    play(&[r#"{"open": "mine"}"#, r#"{"restart": true}"#]);
    std::fs::remove_file(apps.join("mine.bp")).unwrap();
    play(&[r#"{"windows": true}"#]);
    let rows = |kind: &str| -> Vec<serde_json::Value> {
        let output = agentos()
            .args(["journal", "query", "--json", "--kind", kind, "--data-dir"])
            .arg(data.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", played(&output));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let said: Vec<String> = rows("session").iter().map(|row| row["object"].to_string()).collect();
    assert!(said.iter().any(|words| words.contains("saved, windows: 1")), "{said:?}");
    assert!(said.iter().any(|words| words.contains("came back, windows: 1")), "{said:?}");
    let installs: Vec<String> = rows("install").iter().map(|row| row["detail"]["what"].to_string()).collect();
    assert_eq!(installs, ["\"removed\"", "\"installed\""]);
}
