// Curves that are zoomed and read point by point, by mouse, fingers or keys, in place of the
// drawings of a page.
// A drawing says what it shows in data-chart; without scripts, and in print, the drawing stays.
"use strict";
(() => {
  if (typeof uPlot === "undefined") return;
  const HEIGHT = 250, FONT = "12px system-ui, sans-serif";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const DASHES = { chance: [3, 4], floor: [1, 3], rate: [7, 3, 2, 3], kept: [] };
  const short = (value) => {
    if (value === null || value === undefined) return "-";
    const size = Math.abs(value);
    if (size >= 1000 && size < 1e6) return Math.round(value).toLocaleString("en");
    return String(+value.toPrecision(4));
  };

  const chart = (place, given, named) => {
    const style = getComputedStyle(place);
    const colour = (role) => style.getPropertyValue(`--${role}`).trim() || "#888888";
    const seen = (role, share) => {
      const hex = colour(role), part = (i) => parseInt(hex.slice(i, i + 2), 16);
      return `rgba(${part(1)},${part(3)},${part(5)},${share})`;
    };
    const data = uPlot.join(given.series.map((one) => [one.epochs, one.values]));
    const { low, high, log } = given.axis;
    const first = data[0][0], last = data[0][data[0].length - 1];

    // All values in the range of the drawing; those of a part over their own range.
    const ranged = (u, key) => {
      if (key !== "x") return;
      const { min, max } = u.scales.x;
      const set = (least, most) => queueMicrotask(() => u.setScale("y", { min: least, max: most }));
      if (min <= first && max >= last) return set(low, high);
      const seen = data.slice(1).flatMap((values) =>
        values.filter((v, i) => Number.isFinite(v) && data[0][i] >= min && data[0][i] <= max));
      if (!seen.length) return;
      const least = Math.min(...seen), most = Math.max(...seen);
      const room = 0.06 * (most - least) || 0.05 * Math.abs(most) || 1;
      if (log) set(least / 1.05, most * 1.05);
      else set(least - room, most + room);
    };
    const within = (u, draw) => {
      const { ctx, bbox } = u;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      draw(ctx, bbox);
      ctx.restore();
    };
    const x = (u, epoch) => u.valToPos(epoch, "x", true);
    const y = (u, value) => u.valToPos(log ? Math.max(value, 1e-300) : value, "y", true);
    const line = (u, ctx, mark, ends) => {
      ctx.beginPath();
      ctx.setLineDash((DASHES[mark] || []).map((part) => part * devicePixelRatio));
      ctx.strokeStyle = colour(mark === "kept" ? "ink" : "soft");
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.moveTo(ends[0], ends[1]);
      ctx.lineTo(ends[2], ends[3]);
      ctx.stroke();
      ctx.setLineDash([]);
    };
    const below = (u) => within(u, (ctx, box) => {
      for (const [begin, end] of given.spans) {
        const left = x(u, begin), wide = Math.max(3, x(u, end) - left);
        ctx.fillStyle = seen("shade", 0.11);
        ctx.fillRect(left, box.top, wide, box.height);
        ctx.fillStyle = colour("shade");
        ctx.fillRect(left, box.top, wide, 3 * devicePixelRatio);
      }
      for (const [role, epochs, lows, highs] of given.bands) {
        ctx.fillStyle = seen(role, 0.16);
        ctx.beginPath();
        epochs.forEach((epoch, i) => ctx.lineTo(x(u, epoch), y(u, highs[i])));
        for (let i = epochs.length - 1; i >= 0; i--) ctx.lineTo(x(u, epochs[i]), y(u, lows[i]));
        ctx.fill();
      }
      for (const [mark, value] of given.levels)
        line(u, ctx, mark, [box.left, y(u, value), box.left + box.width, y(u, value)]);
    });
    const above = (u) => {
      within(u, (ctx, box) => {
        for (const [mark, epoch] of given.lines)
          line(u, ctx, mark, [x(u, epoch), box.top, x(u, epoch), box.top + box.height]);
        const size = 6 * devicePixelRatio;
        for (const [epoch, value] of given.points) {
          const [px, py] = [x(u, epoch), y(u, value)];
          ctx.beginPath();
          ctx.moveTo(px, py - size);
          ctx.lineTo(px + size, py);
          ctx.lineTo(px, py + size);
          ctx.lineTo(px - size, py);
          ctx.closePath();
          ctx.fillStyle = colour("paper");
          ctx.fill();
          ctx.strokeStyle = colour("val");
          ctx.lineWidth = 2 * devicePixelRatio;
          ctx.stroke();
        }
        for (const [epoch, value] of given.peaks) {
          ctx.beginPath();
          ctx.arc(x(u, epoch), y(u, value), size, 0, 2 * Math.PI);
          ctx.strokeStyle = colour("val");
          ctx.lineWidth = 1.6 * devicePixelRatio;
          ctx.stroke();
        }
      });
      edges(u);
      for (const rise of given.rises) risen(u, rise);
      words(u);
    };
    const risen = (u, [epoch, value, end, height, text]) => within(u, (ctx) => {
      const right = x(u, end), low = y(u, value), top = y(u, height), scale = devicePixelRatio;
      ctx.strokeStyle = colour("val");
      ctx.lineWidth = 1.4 * scale;
      ctx.beginPath();
      ctx.moveTo(x(u, epoch) + 7 * scale, low);
      ctx.lineTo(right, low);
      ctx.lineTo(right, top);
      ctx.stroke();
      if (low - top < 18 * scale) return;
      ctx.font = `600 ${12 * scale}px system-ui, sans-serif`;
      ctx.textAlign = "right";
      ctx.fillStyle = colour("ink");
      ctx.fillText(text, right - 7 * scale, low + 15 * scale);
    });
    // What is beyond the range is marked at the edge, here as in the drawing.
    const edges = (u) => {
      const { ctx, bbox } = u, size = 5 * devicePixelRatio;
      const { min, max } = u.scales.y;
      for (const one of given.series) {
        ctx.fillStyle = ctx.strokeStyle = colour(one.role);
        ctx.lineWidth = 1.5 * devicePixelRatio;
        one.epochs.forEach((epoch, i) => {
          if (epoch < u.scales.x.min || epoch > u.scales.x.max) return;
          const value = one.values[i], why = one.beyond[i] || "";
          const over = why === "above" || (value !== null && value > max);
          const under = why === "below" || (value !== null && value < min);
          const px = x(u, epoch);
          if (why === "nan") {
            ctx.beginPath();
            for (const way of [1, -1]) {
              ctx.moveTo(px - 0.7 * size * way, bbox.top + 0.5 * size);
              ctx.lineTo(px + 0.7 * size * way, bbox.top + 1.9 * size);
            }
            ctx.stroke();
          } else if (over || under) {
            const at = over ? bbox.top : bbox.top + bbox.height, tip = over ? -size : size;
            ctx.beginPath();
            ctx.moveTo(px - size, at);
            ctx.lineTo(px + size, at);
            ctx.lineTo(px, at + 1.4 * tip);
            ctx.fill();
          }
        });
      }
    };
    const words = (u) => {
      const { ctx, bbox } = u;
      ctx.save();
      ctx.font = FONT.replace("12", String(12 * devicePixelRatio));
      ctx.textAlign = "center";
      const put = (text, at, up, role) => {
        if (at < bbox.left - 1 || at > bbox.left + bbox.width + 1) return;
        const half = ctx.measureText(text).width / 2, end = u.ctx.canvas.width;
        at = Math.min(Math.max(at, bbox.left + half), end - half);
        ctx.fillStyle = colour(role);
        ctx.fillText(text, at, bbox.top - up * devicePixelRatio);
      };
      let taken = -Infinity;
      for (const [, epoch, text] of [...given.lines].sort((a, b) => a[1] - b[1])) {
        if (x(u, epoch) - taken < 36 * devicePixelRatio) continue;
        taken = x(u, epoch);
        put(text, taken, 7, "soft");
      }
      ctx.font = `600 ${ctx.font}`;
      for (const [begin, end, text] of given.spans) put(text, (x(u, begin) + x(u, end)) / 2, 22, "ink");
      ctx.restore();
    };

    const axis = { stroke: colour("soft"), font: FONT, grid: { stroke: colour("line"), width: 1 } };
    axis.ticks = { show: false };
    const long = data[0].length > 40;
    const made = new uPlot({
      width: place.clientWidth, height: HEIGHT, padding: [given.spans.length ? 32 : 18, 10, 0, 0],
      scales: { x: { time: false }, y: { distr: log ? 3 : 1, auto: false, range: (u, a, b) => [a ?? low, b ?? high] } },
      axes: [
        { ...axis, size: 28, values: (u, all) => all.map((v) => (Number.isInteger(v) ? v : null)) },
        { ...axis, size: 48, values: (u, all) => all.map((v) => (v === null ? "" : short(v))) },
      ],
      series: [{ label: "epoch", value: (u, v) => (v === null ? last : v) }].concat(
        given.series.map((one) => ({
          label: one.label, stroke: colour(one.role),
          value: (u, v, series, at) => short(at === null ? one.values[one.values.length - 1] : v),
          width: one.role === "train" ? 1.6 : 2.2, dash: one.role === "probe" ? [8, 3] : undefined,
          points: { show: !long, size: 5, fill: colour(one.role) },
        }))),
      cursor: { drag: { x: true, y: false }, points: { size: 8 } },
      hooks: { setScale: [ranged], drawAxes: [below], draw: [above] },
    }, data, place);
    made.root.setAttribute("role", "group");
    made.root.setAttribute("aria-roledescription", "chart");
    made.root.setAttribute("aria-label", named);
    const zoom = zooming(made, first, last);
    byFingers(made, zoom);
    byKeys(made, zoom);
    return made;
  };

  // Return what sets the epochs that are shown: within all of them, and never fewer than two.
  const zooming = (u, first, last) => (min, max) => {
    const least = Math.min(1, last - first);
    if (max - min < least) [min, max] = [(min + max - least) / 2, (min + max + least) / 2];
    if (max - min >= last - first) [min, max] = [first, last];
    if (min < first) [min, max] = [first, first + max - min];
    if (max > last) [min, max] = [last - (max - min), last];
    u.setScale("x", { min, max });
  };

  // One finger across selects epochs, two pinch, a double tap shows all; up and down scrolls the page.
  const TAP = 350, MOVED = 12;
  const byFingers = (u, zoom) => {
    const over = u.over, fingers = new Map();
    let began = null, tapped = -Infinity, pinched = false;
    const at = (event) => event.clientX - over.getBoundingClientRect().left;
    const select = (left, width) =>
      u.setSelect({ left, width, top: 0, height: width ? over.clientHeight : 0 }, false);
    const begin = () => {
      const { min, max } = u.scales.x;
      began = { places: new Map(fingers), min, max, each: (max - min) / over.clientWidth };
    };
    over.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch" || fingers.size === 2) return;
      over.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, at(event));
      pinched = fingers.size === 2;
      select(0, 0);
      begin();
    });
    over.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, at(event));
      const now = [...fingers.values()], then = [...began.places.values()];
      if (now.length === 1) {
        if (pinched) return;
        u.setCursor({ left: now[0], top: over.clientHeight / 2 });
        select(Math.min(now[0], then[0]), Math.abs(now[0] - then[0]));
        return;
      }
      const apart = Math.abs(now[1] - now[0]), before = Math.abs(then[1] - then[0]);
      if (apart < MOVED || before < MOVED) return;
      const each = (began.each * before) / apart;
      const middle = began.min + (began.each * (then[0] + then[1])) / 2;
      const min = middle - (each * (now[0] + now[1])) / 2;
      zoom(min, min + each * over.clientWidth);
    });
    const end = (event) => {
      if (!fingers.has(event.pointerId)) return;
      const { left, width } = u.select;
      fingers.delete(event.pointerId);
      select(0, 0);
      if (fingers.size) return begin();
      if (event.type === "pointercancel" || pinched) return;
      if (width > MOVED) return zoom(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
      if (event.timeStamp - tapped < TAP) zoom(-Infinity, Infinity);
      tapped = event.timeStamp;
    };
    over.addEventListener("pointerup", end);
    over.addEventListener("pointercancel", end);
  };

  // Arrows go from epoch to epoch, + and - zoom about it, Escape shows all.
  const byKeys = (u, zoom) => {
    u.root.tabIndex = 0;
    u.root.addEventListener("keydown", (event) => {
      const epochs = u.data[0], { min, max } = u.scales.x;
      const inside = epochs.map((_, i) => i).filter((i) => epochs[i] >= min && epochs[i] <= max);
      if (!inside.length || event.ctrlKey || event.metaKey || event.altKey) return;
      const from = inside.indexOf(u.cursor.idx), end = inside.length - 1;
      const go = (to) => {
        const i = inside[Math.min(Math.max(to, 0), end)];
        u.root.querySelector(".u-legend").setAttribute("aria-live", "polite");
        u.setCursor({ left: u.valToPos(epochs[i], "x"), top: u.over.clientHeight / 2 });
      };
      const about = from < 0 ? (min + max) / 2 : epochs[u.cursor.idx];
      const by = (part) => zoom(about - (about - min) * part, about + (max - about) * part);
      const keys = {
        ArrowLeft: () => go(from < 0 ? end : from - 1), ArrowRight: () => go(from < 0 ? 0 : from + 1),
        Home: () => go(0), End: () => go(end),
        "+": () => by(0.5), "=": () => by(0.5), "-": () => by(2), Escape: () => zoom(-Infinity, Infinity),
      };
      if (!keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
  };

  const take = (drawing) => {
    const svg = drawing.querySelector("svg");
    let given;
    try {
      given = JSON.parse(drawing.dataset.chart);
    } catch {
      return;
    }
    const place = document.createElement("div");
    place.className = "zoomed";
    drawing.append(place);
    drawing.classList.add("taken");
    let made = chart(place, given, svg ? svg.getAttribute("aria-label") || "" : "");
    const group = drawing.closest(".columns") || drawing;
    if (!group.querySelector(".hint")) {
      const hint = document.createElement("p");
      hint.className = "hint";
      hint.textContent = "Drag or pinch over epochs to look closer; double-click or double-tap to see all. " +
        "With keys: arrows, + and -, Escape.";
      drawing.append(hint);
    }
    const again = () => {
      made.destroy();
      made = chart(place, given, svg ? svg.getAttribute("aria-label") || "" : "");
    };
    new ResizeObserver(() => {
      if (!place.isConnected) made.destroy();
      else if (place.clientWidth && place.clientWidth !== made.width)
        made.setSize({ width: place.clientWidth, height: HEIGHT });
    }).observe(place);
    dark.addEventListener("change", () => place.isConnected && again());
  };
  const all = () => document.querySelectorAll("[data-chart]:not(.taken)").forEach(take);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all);
  else all();
  document.addEventListener("htmx:afterSettle", all);
})();
