// The bundled wallpapers. One shader, fed by a recipe of colours, with an entry point for each of four motifs. Everything is
// computed in linear light and encoded at the end, so that colours meet without going grey, and a
// little noise below one step of 8 bits keeps the slow gradients free of bands.

struct Field {
    // Centre in UV, radius in heights, strength 0…1.
    shape: vec4<f32>,
    color: vec4<f32>,
}

struct Recipe {
    // Size in pixels, width over height, unused.
    frame: vec4<f32>,
    // 1 in the light theme, 0 in the dark one; strength of lines; unused; phase.
    style: vec4<f32>,
    top: vec4<f32>,
    bottom: vec4<f32>,
    line: vec4<f32>,
    shade: vec4<f32>,
    fields: array<Field, 6>,
}

@group(0) @binding(0) var<uniform> recipe: Recipe;

@vertex
fn everywhere(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

// PCG of two integers (Jarzynski and Olano, "Hash Functions for GPU Rendering", 2020).
fn hash(x: u32, y: u32) -> f32 {
    var state = (x * 1664525u + 1013904223u) ^ (y * 22695477u + 1u);
    state = state * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return f32((word >> 22u) ^ word) / 4294967295.0;
}

fn value_noise(p: vec2<f32>) -> f32 {
    let cell = floor(p);
    let f = p - cell;
    let s = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    let x = u32(i32(cell.x) + 4096);
    let y = u32(i32(cell.y) + 4096);
    let above = mix(hash(x, y), hash(x + 1u, y), s.x);
    let below = mix(hash(x, y + 1u), hash(x + 1u, y + 1u), s.x);
    return mix(above, below, s.y);
}

// Colour of the sky: a slope of two colours under soft fields of light.
fn ground(uv: vec2<f32>, bend: vec2<f32>) -> vec3<f32> {
    let q = uv + bend;
    var color = mix(recipe.top.rgb, recipe.bottom.rgb, smoothstep(-0.1, 1.1, q.y * 0.8 + q.x * 0.2));
    for (var i = 0u; i < 6u; i++) {
        let field = recipe.fields[i];
        let d = (q - field.shape.xy) * vec2<f32>(recipe.frame.z, 1.0) / field.shape.z;
        color = mix(color, field.color.rgb, field.shape.w * exp(-dot(d, d)));
    }
    return color;
}

// Light along a curve at signed distance d (heights): a crisp core of about a pixel in a soft halo.
fn glow(d: f32, core: f32, halo: f32) -> f32 {
    let pixels = abs(d) * recipe.frame.y;
    // e^(−70 d) is the fifth power of e^(−14 d): one exponential for near and far.
    let far = exp(-abs(d) * 14.0);
    let near = far * far * far * far * far;
    return core * exp(-pixels * pixels * 0.35) + halo * near + 0.35 * halo * far;
}

// Height of a fold and its slope there.
fn fold(x: f32, k: f32) -> vec2<f32> {
    let p = recipe.style.w;
    let wide = vec2<f32>(2.3 + 0.35 * k, 1.7 * k + p);
    let fine = vec2<f32>(5.1 - 0.6 * k, 2.9 * k + 0.7 * p);
    let a = x * wide.x + wide.y;
    let b = x * fine.x + fine.y;
    return vec2<f32>(
        0.56 + 0.135 * k + 0.085 * sin(a) + 0.028 * sin(b),
        0.085 * wide.x * cos(a) + 0.028 * fine.x * cos(b),
    );
}

// Silk: broad folds, each with a lit edge and a shadow beneath, and threads that run between them.
fn silk(uv: vec2<f32>, color_in: vec3<f32>) -> vec3<f32> {
    var color = color_in;
    let x = uv.x * recipe.frame.z;
    for (var i = 0u; i < 4u; i++) {
        let k = f32(i);
        let edge = fold(x, k);
        let d = (uv.y - edge.x) * inverseSqrt(1.0 + edge.y * edge.y);
        let inside = smoothstep(-0.0006, 0.0006, d);
        color = mix(color, mix(color, recipe.shade.rgb, recipe.shade.a), inside * smoothstep(0.26, 0.0, d));
        color = mix(color, color * 1.1 + recipe.line.rgb * 0.012, inside * exp(-d * 22.0));
        let wave = 0.5 + 0.5 * sin(x * 1.35 + k * 2.4 + recipe.style.w);
        color += recipe.line.rgb * recipe.style.y * (0.22 + 0.78 * wave * wave) * glow(d, 0.34, 0.085);
    }
    let first = fold(x, 0.0);
    let last = fold(x + 0.35, 2.1);
    for (var i = 0u; i < 7u; i++) {
        let t = (f32(i) + 0.5) / 7.0;
        let thread = mix(first, last, t);
        let y = thread.x - 0.10 + 0.02 * sin(x * 3.1 + t * 5.0);
        let d = (uv.y - y) * inverseSqrt(1.0 + thread.y * thread.y);
        let wave = 0.5 + 0.5 * sin(x * 1.1 - t * 2.6 + 0.6);
        let along = wave * wave * wave * (1.0 - abs(t - 0.5));
        color += recipe.line.rgb * recipe.style.y * along * glow(d, 0.13, 0.012);
    }
    return color;
}

// Ridges in mist, one behind the other, under a low light.
fn ridges(uv: vec2<f32>, color_in: vec3<f32>) -> vec3<f32> {
    var color = color_in;
    let x = uv.x * recipe.frame.z;
    for (var i = 0u; i < 6u; i++) {
        let k = f32(i);
        let near = k / 5.0;
        let wide = 1.1 + 0.35 * k;
        let y = 0.50 + 0.088 * k
            + (0.10 - 0.006 * k) * (value_noise(vec2<f32>(x * wide + 7.3 * k, 3.1 * k)) - 0.5) * 2.0
            + 0.020 * (value_noise(vec2<f32>(x * wide * 3.7 + 3.0 * k, 11.0 + k)) - 0.5);
        let d = uv.y - y;
        let inside = smoothstep(-0.0008, 0.0008, d);
        let mist = exp(-max(d, 0.0) * (9.0 - 4.0 * near));
        let far_color = mix(color_in, recipe.fields[4].color.rgb, 0.35 + 0.3 * near);
        let body = mix(mix(far_color, recipe.shade.rgb, 0.18 + 0.72 * near), far_color, 0.30 * mist * (1.0 - 0.6 * near));
        color = mix(color, body, inside);
        let along = exp(-pow((uv.x - recipe.fields[0].shape.x) * 2.6, 2.0));
        color += recipe.line.rgb * recipe.style.y * (0.25 + along) * (1.0 - 0.75 * near) * glow(d, 0.10, 0.03);
    }
    return color;
}

// A large sphere that rises from a corner, with the light on its rim and rings around it.
fn sphere(uv: vec2<f32>, color_in: vec3<f32>) -> vec3<f32> {
    var color = color_in;
    let p = (uv - vec2<f32>(0.5, 1.62)) * vec2<f32>(recipe.frame.z, 1.0);
    let from_centre = length(p);
    let angle = atan2(p.x, -p.y);
    let d = from_centre - 1.02;
    // Stars, few and faint, only where it is dark.
    let cell = floor(uv * vec2<f32>(recipe.frame.z, 1.0) * 34.0);
    let seed = hash(u32(cell.x) + 91u, u32(cell.y) + 17u);
    let at = (cell + 0.2 + 0.6 * vec2<f32>(hash(u32(cell.x), u32(cell.y)), hash(u32(cell.y) + 5u, u32(cell.x)))) / 34.0;
    let star = length(uv * vec2<f32>(recipe.frame.z, 1.0) - at) * recipe.frame.y;
    color += (1.0 - recipe.style.x) * step(0.80, seed) * (seed - 0.78) * 1.4 * exp(-star * star * 0.9)
        * smoothstep(0.75, 0.1, uv.y);
    for (var i = 0u; i < 4u; i++) {
        let k = f32(i) + 1.0;
        let ring = from_centre - (1.02 + 0.105 * k + 0.012 * k * k);
        let along = pow(0.5 + 0.5 * cos(angle * 1.6 - 0.9 + 0.8 * k), 3.0);
        color += recipe.line.rgb * recipe.style.y * along * (0.55 / k) * glow(ring, 0.20, 0.03);
    }
    let air = exp(-max(d, 0.0) * 7.5);
    let lit = pow(0.5 + 0.5 * cos(angle - 0.42), 3.0);
    color = mix(color, recipe.fields[0].color.rgb, 0.75 * air * lit * (1.0 - 0.35 * recipe.style.x));
    let body = mix(recipe.shade.rgb, recipe.fields[1].color.rgb, 0.85 * lit * exp(d * 5.5));
    color = mix(color, body, smoothstep(0.0008, -0.0008, d));
    color += recipe.line.rgb * recipe.style.y * lit * glow(d, 0.75, 0.22);
    return color;
}

// Mist: the fields alone, drawn out like ink in water.
fn bend(uv: vec2<f32>) -> vec2<f32> {
    let p = uv * vec2<f32>(recipe.frame.z, 1.0) * 1.35;
    let first = vec2<f32>(value_noise(p + 3.1), value_noise(p + vec2<f32>(9.2, 17.4)));
    let second = vec2<f32>(value_noise(p * 1.2 + first * 2.2 + 1.7), value_noise(p * 1.2 + first * 2.2 + 8.3));
    return (second - 0.5) * vec2<f32>(0.62, 0.72);
}

fn encode(linear: vec3<f32>) -> vec3<f32> {
    let c = clamp(linear, vec3<f32>(0.0), vec3<f32>(1.0));
    return select(1.055 * pow(c, vec3<f32>(1.0 / 2.4)) - 0.055, 12.92 * c, c < vec3<f32>(0.0031308));
}

fn gentle(uv: vec2<f32>) -> vec2<f32> {
    return 0.035 * vec2<f32>(sin(uv.y * 5.1 + 0.8), cos(uv.x * 5.7 + 0.3));
}

fn finish(position: vec4<f32>, uv: vec2<f32>, color: vec3<f32>) -> vec4<f32> {
    // A hardly seen vignette holds the eye in the middle; none in the light theme.
    let off = (uv - 0.5) * vec2<f32>(1.0, 0.9);
    let shaded = color * (1.0 - (1.0 - recipe.style.x) * 0.62 * dot(off, off));
    let x = u32(position.x);
    let y = u32(position.y);
    let noise = hash(x, y) + hash(x + 7919u, y + 104729u) - 1.0;
    return vec4<f32>(encode(shaded) + noise / 255.0, 1.0);
}

// One entry point for each motif: a driver compiles only the one that is shown.

@fragment
fn silk_wallpaper(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let uv = position.xy / recipe.frame.xy;
    return finish(position, uv, silk(uv, ground(uv, gentle(uv))));
}

@fragment
fn ridges_wallpaper(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let uv = position.xy / recipe.frame.xy;
    return finish(position, uv, ridges(uv, ground(uv, 0.5 * gentle(uv))));
}

@fragment
fn sphere_wallpaper(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let uv = position.xy / recipe.frame.xy;
    return finish(position, uv, sphere(uv, ground(uv, gentle(uv))));
}

@fragment
fn mist_wallpaper(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let uv = position.xy / recipe.frame.xy;
    return finish(position, uv, ground(uv, bend(uv)));
}
