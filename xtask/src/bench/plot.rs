//! Curves as SVG: seconds over resources, both on logarithmic axes.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 120.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
const COLOURS: [&str; 3] = ["#0b6e4f", "#7b42bc", "#c08a00"];
const TAKES_ALL: &str = "a string takes all";

/// One program's points: resources and seconds.
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// An axis between two powers of ten.
struct Axis {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64> + Clone, start: f64, end: f64) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
        let high = values.fold(0.0, f64::max).log10().ceil();
        Self { low, high: high.max(low + 1.0), start, end }
    }

    fn place(&self, value: f64) -> f64 {
        self.start + (value.log10() - self.low) / (self.high - self.low) * (self.end - self.start)
    }

    /// Powers of ten.
    fn ticks(&self) -> Vec<f64> {
        let mut ticks = Vec::new();
        let mut exponent = self.low;
        while exponent <= self.high {
            ticks.push(10_f64.powf(exponent));
            exponent += 1.0;
        }
        ticks
    }
}

/// Draws curves; nothing to see where there is no point.
pub(super) fn draw(title: &str, curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|curve| curve.points.iter().copied());
    let across = Axis::over(points().map(|point| point.0), LEFT, WIDTH - RIGHT);
    let upwards = Axis::over(points().map(|point| point.1), HEIGHT - BOTTOM, TOP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{title}</text>\n"
    );
    for tick in across.ticks() {
        let (x, bottom) = (across.place(tick), HEIGHT - BOTTOM);
        writeln!(
            svg,
            "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#ddd\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
            bottom + 18.0
        )
        .expect(TAKES_ALL);
    }
    for tick in upwards.ticks() {
        let (y, right) = (upwards.place(tick), WIDTH - RIGHT);
        writeln!(
            svg,
            "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#ddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick} s</text>",
            LEFT - 8.0,
            y + 4.0
        )
        .expect(TAKES_ALL);
    }
    for (curve, colour) in curves.iter().zip(COLOURS) {
        svg += &line(curve, colour, &across, &upwards);
    }
    writeln!(svg, "<text x=\"{LEFT}\" y=\"{:.1}\">resources</text>\n</svg>", HEIGHT - 10.0).expect(TAKES_ALL);
    svg
}

fn line(curve: &Curve, colour: &str, across: &Axis, upwards: &Axis) -> String {
    let places: Vec<(f64, f64)> = curve.points.iter().map(|(x, y)| (across.place(*x), upwards.place(*y))).collect();
    let Some((last_x, last_y)) = places.last() else { return String::new() };
    let joined: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let mut svg = format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n\
         <text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{}</text>\n",
        joined.join(" "),
        last_x + 8.0,
        last_y + 4.0,
        curve.name
    );
    for (x, y) in places {
        writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>").expect(TAKES_ALL);
    }
    svg
}
