// egui's triangles: gamma-encoded, premultiplied colours times a texel, blended in gamma space.
// One multiplication and no branch. Software rasterisers are given less where less gives the same: `fill`
// where the texel is known to be white, `opaque` where the colour is and nothing shows through.

struct Screen {
    // Of the whole target, whose corners are the corners of the desktop.
    size_points: vec2<f32>,
    unused: vec2<f32>,
}

@group(0) @binding(0) var<uniform> screen: Screen;
@group(1) @binding(0) var image: texture_2d<f32>;
@group(1) @binding(1) var image_sampler: sampler;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
    @location(1) color: vec4<f32>,
}

@vertex
fn corner(
    @location(0) position: vec2<f32>,
    @location(1) uv: vec2<f32>,
    @location(2) color: vec4<f32>,
) -> Corner {
    var out: Corner;
    out.position = vec4<f32>(
        2.0 * position.x / screen.size_points.x - 1.0,
        1.0 - 2.0 * position.y / screen.size_points.y,
        0.0,
        1.0,
    );
    out.uv = uv;
    out.color = color;
    return out;
}

@fragment
fn pixel(in: Corner) -> @location(0) vec4<f32> {
    return in.color * textureSample(image, image_sampler, in.uv);
}

@fragment
fn fill(in: Corner) -> @location(0) vec4<f32> {
    return in.color;
}

@fragment
fn opaque(in: Corner) -> @location(0) vec4<f32> {
    return textureSample(image, image_sampler, in.uv);
}

// What is under everything, where only a part of the target is drawn again.
@vertex
fn everywhere(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn black() -> @location(0) vec4<f32> {
    return vec4<f32>(0.0, 0.0, 0.0, 1.0);
}
