// Dual Kawase blur (Marius Bjørge, "Bandwidth-efficient rendering", SIGGRAPH 2015): each step down
// halves the picture with five reads, each step up doubles it with eight.

@group(0) @binding(0) var image: texture_2d<f32>;
@group(0) @binding(1) var image_sampler: sampler;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

@vertex
fn everywhere(@builtin(vertex_index) index: u32) -> Corner {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    var out: Corner;
    out.position = vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
    out.uv = vec2<f32>(corner.x, 1.0 - corner.y);
    return out;
}

fn read(uv: vec2<f32>) -> vec3<f32> {
    return textureSampleLevel(image, image_sampler, uv, 0.0).rgb;
}

@fragment
fn down(in: Corner) -> @location(0) vec4<f32> {
    let h = 1.0 / vec2<f32>(textureDimensions(image));
    let across = vec2<f32>(h.x, -h.y);
    let sum = 4.0 * read(in.uv) + read(in.uv - h) + read(in.uv + h) + read(in.uv - across) + read(in.uv + across);
    return vec4<f32>(sum / 8.0, 1.0);
}

fn widened(uv: vec2<f32>) -> vec3<f32> {
    let h = 0.5 / vec2<f32>(textureDimensions(image));
    let straight = read(uv + vec2<f32>(2.0 * h.x, 0.0)) + read(uv - vec2<f32>(2.0 * h.x, 0.0))
        + read(uv + vec2<f32>(0.0, 2.0 * h.y)) + read(uv - vec2<f32>(0.0, 2.0 * h.y));
    let across = vec2<f32>(h.x, -h.y);
    let corners = read(uv + h) + read(uv - h) + read(uv + across) + read(uv - across);
    return (straight + 2.0 * corners) / 12.0;
}

@fragment
fn up(in: Corner) -> @location(0) vec4<f32> {
    return vec4<f32>(widened(in.uv), 1.0);
}

// The last step: colours a little fuller, as seen through glass, and noise against bands.
@fragment
fn finish(in: Corner) -> @location(0) vec4<f32> {
    let color = widened(in.uv);
    let grey = dot(color, vec3<f32>(0.2126, 0.7152, 0.0722));
    let full = mix(vec3<f32>(grey), color, 1.18);
    let n = fract(52.9829189 * fract(0.06711056 * in.position.x + 0.00583715 * in.position.y));
    return vec4<f32>(full + (n - 0.5) / 255.0, 1.0);
}
