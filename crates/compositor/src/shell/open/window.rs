//! Making the process, the content and the window of an app.

use super::{
    super::{
        Shell,
        actions::to_egui,
        hosted::{Hosted, MotionKind, reason},
    },
    files::MAX_IMPORT_BYTES,
    plan::{Content, Plan, Wish},
};
use crate::hosts::{BlueprintHost, LogHost, NewProcess, TerminalHost};
use abi::{CauseKind, CauseSpec, UiCaller, table};
use std::panic::{AssertUnwindSafe, catch_unwind};
use widgets::App;
use windows::{Op, OpenWindow, Outcome, Placement, Size, WindowId};

impl Shell {
    /// Makes the process, the content and the window.
    pub(in crate::shell) fn host(
        &mut self,
        plan: Plan,
        content: Content,
        placement: Placement,
    ) -> Result<WindowId, String> {
        // The window is not there yet, but its number is known: *why?* on it finds its beginning.
        let spec = CauseSpec {
            app: Some(plan.app.clone()),
            window: Some(self.layout.next_window().0),
            parent: self.account,
            ..CauseSpec::new(CauseKind::App, format!("start of {}", plan.name))
        };
        let cause = self.processes.system().open_cause(spec);
        let process = NewProcess {
            name: plan.name.clone(),
            app: plan.app.clone(),
            kind: plan.kind,
            capabilities: plan.capabilities.clone(),
            cause,
        };
        let handle = self.processes.start(process).map_err(|why| format!("{}: {why}", plan.name))?;
        let pid = handle.pid();
        let syscalls = UiCaller::new(handle.with_cause(cause));
        let (app, size, least) = self.content(&plan, content, &syscalls)?;
        let outcome = self.open_window(&plan, size.or(plan.size), least.or(plan.min_size), placement);
        let window = match outcome {
            Ok(window) => window,
            Err(why) => {
                self.processes.end(pid);
                return Err(why);
            }
        };
        let mut hosted = Hosted::new(app, plan.kind, &plan.icon, syscalls, &plan.source);
        hosted.category = plan.category;
        self.tell_installed(&plan.app, &mut hosted);
        hosted.set_cause(cause);
        hosted.motion.start(MotionKind::Open, None, self.now);
        if let Some(placed) = self.layout.window(window) {
            hosted.motion.retarget(to_egui(placed.rect));
        }
        self.hosted.insert(window, hosted);
        self.focus_hosted(window);
        Ok(window)
    }

    /// The app, the size of its content and the least one, where it has wishes.
    ///
    /// # Errors
    /// The app panicked while it was made; its process is ended.
    pub(super) fn content(
        &self,
        plan: &Plan,
        content: Content,
        syscalls: &UiCaller,
    ) -> Result<(Box<dyn App>, Wish, Wish), String> {
        let made = catch_unwind(AssertUnwindSafe(|| self.make_content(plan, content, syscalls)));
        made.map_err(|panic| {
            self.processes.end(syscalls.pid());
            format!("{}: {}", plan.name, reason(panic.as_ref()))
        })
    }

    pub(super) fn make_content(
        &self,
        plan: &Plan,
        content: Content,
        syscalls: &UiCaller,
    ) -> (Box<dyn App>, Wish, Wish) {
        let host = match content {
            Content::System(make, path) => return (make(path.as_deref()), plan.size, plan.min_size),
            Content::Process { manifest, begin } => {
                let host = TerminalHost::new(&plan.app, &plan.name, &manifest, begin, syscalls);
                return (Box::new(host), plan.size, plan.min_size);
            }
            Content::Log { manifest, starts } => {
                let host = LogHost::new(&plan.app, &plan.name, &manifest, starts, syscalls);
                return (Box::new(host), plan.size, plan.min_size);
            }
            Content::Blueprint(Ok(bytes)) => {
                BlueprintHost::from_bytes(&plan.app, &plan.name, &bytes, syscalls.clone())
            }
            Content::Blueprint(Err(path)) => {
                // The file is small and local; reading it here saves the first frame from being empty.
                let read = table::Read { path: path.clone(), offset: 0, size: Some(MAX_IMPORT_BYTES) };
                match self.processes.system().call(read) {
                    Ok(bytes) => BlueprintHost::from_bytes(&plan.app, &plan.name, &bytes, syscalls.clone()),
                    Err(why) => BlueprintHost::failed(&plan.app, &plan.name, &format!("{path}: {why}")),
                }
            }
        };
        let (size, least) = (host.wanted_size(), host.least_size());
        (Box::new(host), size, least)
    }

    pub(super) fn open_window(
        &mut self,
        plan: &Plan,
        size: Wish,
        least: Wish,
        placement: Placement,
    ) -> Result<WindowId, String> {
        let frame = |(width, height): (f32, f32)| Size::new(width, height + windows::TITLE_BAR_HEIGHT);
        let before = self.layout.focused().map(|window| window.id);
        let open = OpenWindow {
            app: plan.app.clone(),
            title: plan.name.clone(),
            size: size.map(frame),
            min_size: least.map(frame),
            max_size: None,
            placement,
            parent: None,
        };
        match self.layout.apply(Op::Open(open)) {
            Outcome::Opened(window) => {
                if let Some(hosted) = before.and_then(|id| self.hosted.get_mut(&id)) {
                    hosted.remembered_focus = self.ctx.memory(egui::Memory::focused);
                    hosted.tell(|app| app.focus_changed(false));
                }
                Ok(window)
            }
            Outcome::Refused(why) => Err(format!("{}: {why}", plan.name)),
            _ => Err(format!("{}: the window did not open", plan.name)),
        }
    }

    pub(super) fn focus_hosted(&mut self, window: WindowId) {
        if let Some(focused) = self.ctx.memory(egui::Memory::focused) {
            self.ctx.memory_mut(|memory| memory.surrender_focus(focused));
        }
        if let Some(hosted) = self.hosted.get_mut(&window) {
            hosted.tell(|app| app.focus_changed(true));
        }
    }
}
