//! Chooses an adapter and opens it: a GPU where there is one, else software rendering.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::GpuError;

/// Which adapter to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// A GPU, else software rendering.
    #[default]
    Auto,
    /// Software rendering even where a GPU is: slower, and the same pixels on every machine with that renderer.
    Software,
}

/// What draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdapterKind {
    /// Hardware.
    Gpu,
    /// The processor, such as Mesa's lavapipe.
    Software,
}

/// An open graphics device. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Gpu {
    /// Where surfaces come from.
    pub instance: wgpu::Instance,
    /// What was chosen.
    pub adapter: wgpu::Adapter,
    /// Makes resources.
    pub device: wgpu::Device,
    /// Takes work.
    pub queue: wgpu::Queue,
    kind: AdapterKind,
    lost: Arc<AtomicBool>,
}

/// The native API of the platform first; OpenGL costs start-up time and is only asked when that has nothing.
const BACKENDS: [wgpu::Backends; 2] = [wgpu::Backends::PRIMARY, wgpu::Backends::GL];

impl Gpu {
    /// Opens a device that draws into textures only.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`] with what to install, [`GpuError::NoDevice`].
    pub fn headless(choice: AdapterChoice) -> Result<Gpu, GpuError> {
        let mut detail = String::new();
        for backends in BACKENDS {
            let instance = wgpu::Instance::new(descriptor(backends));
            match choose(&instance, choice, None) {
                Ok(adapter) => return Gpu::open(instance, adapter),
                Err(why) => note(&mut detail, &why),
            }
        }
        Err(GpuError::NoAdapter { detail })
    }

    /// Opens a device that can present to a window. `window` gives the handle for each backend that is tried.
    ///
    /// # Errors
    /// As [`Gpu::headless`]; [`GpuError::NoSurface`] when an adapter is there and none can draw to the window.
    pub fn for_window<W>(
        window: &Arc<W>,
        display: impl wgpu::rwh::HasDisplayHandle + std::fmt::Debug + Clone + Send + Sync + 'static,
        choice: AdapterChoice,
    ) -> Result<(Gpu, wgpu::Surface<'static>), GpuError>
    where
        W: wgpu::rwh::HasWindowHandle + wgpu::rwh::HasDisplayHandle + Send + Sync + 'static,
    {
        let mut detail = String::new();
        for backends in BACKENDS {
            let descriptor = descriptor(backends).with_display_handle(Box::new(display.clone()));
            let instance = wgpu::Instance::new(descriptor);
            let surface = match instance.create_surface(Arc::clone(window)) {
                Ok(surface) => surface,
                Err(why) => {
                    note(&mut detail, &why.to_string());
                    continue;
                }
            };
            match choose(&instance, choice, Some(&surface)) {
                Ok(adapter) => return Ok((Gpu::open(instance, adapter)?, surface)),
                Err(why) => note(&mut detail, &why),
            }
        }
        match Gpu::headless(choice) {
            Ok(_) => Err(GpuError::NoSurface { detail }),
            Err(none) => Err(none),
        }
    }

    /// Takes a device that somebody else has opened, and from now on its errors and its loss.
    #[must_use]
    pub fn from_device(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
    ) -> Gpu {
        let lost = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                tracing::warn!(?reason, message, "the graphics device was lost");
            }
            flag.store(true, Ordering::Release);
        });
        // The default handler panics; a desktop with one wrong picture is better than no desktop.
        device.on_uncaptured_error(Arc::new(|error| tracing::error!(%error, "graphics error")));
        let kind = match adapter.get_info().device_type {
            wgpu::DeviceType::Cpu => AdapterKind::Software,
            _ => AdapterKind::Gpu,
        };
        let gpu = Gpu { instance, adapter, device, queue, kind, lost };
        tracing::debug!(adapter = gpu.describe(), "graphics device opened");
        gpu
    }

    /// What draws.
    #[must_use]
    pub fn kind(&self) -> AdapterKind {
        self.kind
    }

    /// One line for logs, About and `doctor`: name, kind, API and driver.
    #[must_use]
    pub fn describe(&self) -> String {
        let info = self.adapter.get_info();
        let kind = match self.kind {
            AdapterKind::Gpu => "GPU",
            AdapterKind::Software => "software rendering",
        };
        let driver = format!("{} {}", info.driver, info.driver_info);
        format!("{} ({kind}, {}, {})", info.name, info.backend, driver.trim())
    }

    /// Longest side of a texture, and so of a picture, in pixels.
    #[must_use]
    pub fn max_texture_side(&self) -> u32 {
        self.device.limits().max_texture_dimension_2d
    }

    /// Whether the device is gone (driver reset, GPU removed). Everything on it has to be made again.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Blocks until everything submitted is done.
    pub fn wait(&self) {
        if let Err(error) = self.device.poll(wgpu::PollType::wait_indefinitely()) {
            tracing::warn!(%error, "waiting for the graphics device failed");
        }
    }

    fn open(instance: wgpu::Instance, adapter: wgpu::Adapter) -> Result<Gpu, GpuError> {
        let name = adapter.get_info().name;
        let limits = wgpu::Limits::downlevel_webgl2_defaults().using_resolution(adapter.limits());
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("desktop"),
            required_limits: limits,
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        });
        let (device, queue) = pollster::block_on(request)
            .map_err(|why| GpuError::NoDevice { adapter: name, detail: why.to_string() })?;
        Ok(Gpu::from_device(instance, adapter, device, queue))
    }
}

fn descriptor(backends: wgpu::Backends) -> wgpu::InstanceDescriptor {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends;
    // Validation layers only when asked for by wgpu's own variables: they cost start-up time.
    descriptor.flags = wgpu::InstanceFlags::empty().with_env();
    descriptor
}

fn choose(
    instance: &wgpu::Instance,
    choice: AdapterChoice,
    surface: Option<&wgpu::Surface<'_>>,
) -> Result<wgpu::Adapter, String> {
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::LowPower,
        force_fallback_adapter: choice == AdapterChoice::Software,
        compatible_surface: surface,
        ..Default::default()
    };
    pollster::block_on(instance.request_adapter(&options)).map_err(|why| why.to_string())
}

fn note(detail: &mut String, why: &str) {
    if !detail.is_empty() {
        detail.push_str("; ");
    }
    detail.push_str(why);
}
