/** One creature: where it is at each frame, and how it is drawn. */
import { mix, step } from './blend.js';
import { areaOf, contourAt, directionOf, type Contour, type Shape } from './contour.js';
import { SKIN_SIZE } from './skin.js';
import { sampleTile, type Tile } from './tile.js';

/** A smooth path: an ellipse-like figure around a centre, in pixels of the frame. */
export interface Path {
  x: number;
  y: number;
  reachX: number;
  reachY: number;
  speedX: number;
  speedY: number;
  phaseX: number;
  phaseY: number;
}

export interface Creature {
  /** Object id, or 0 for the look-alike. */
  id: number;
  shape: Shape;
  skin: Tile;
  path: Path;
  /** Radius of its mean body, pixels. */
  scale: number;
  /** Heading at frame 0 and how far it turns to and fro, radians. */
  heading: number;
  turn: number;
  turnSpeed: number;
}

/** A picture being made: colours `[H, W, 3]` as 0–255 floats, and labels `[H, W]`. */
export interface Canvas {
  width: number;
  height: number;
  rgb: Float32Array;
  labels: Uint8Array;
}

/** A creature as it is at one frame. */
export interface Pose {
  creature: Creature;
  x: number;
  y: number;
  heading: number;
  contour: Contour;
}

/** Where light comes from; shadows fall the other way. */
const LIGHT = { x: -0.55, y: -0.75 };
/** Distance and softness of a creature's shadow on the ground, relative to its scale. */
const SHADOW = { distance: 0.42, darkness: 0.42, softness: 0.3 };
/** Skin pixels per unit of a creature's scale. */
const SKIN_UNIT = SKIN_SIZE / 4;

/** The scale at which a shape covers `area` square pixels on average over its beats. */
export function scaleForArea(shape: Shape, area: number): number {
  let sum = 0;
  const samples = 16;
  for (let i = 0; i < samples; i++) sum += areaOf(contourAt(shape, i * 5, 1));
  return Math.sqrt(area / (sum / samples));
}

export function poseAt(creature: Creature, frame: number): Pose {
  const { path } = creature;
  return {
    creature,
    x: path.x + path.reachX * Math.sin(path.speedX * frame + path.phaseX),
    y: path.y + path.reachY * Math.sin(path.speedY * frame + path.phaseY),
    heading: creature.heading + creature.turn * Math.sin(creature.turnSpeed * frame),
    contour: contourAt(creature.shape, frame, creature.scale),
  };
}

/** Darkens the ground beside a creature. */
export function drawShadow(canvas: Canvas, pose: Pose): void {
  const { scale } = pose.creature;
  const shifted = {
    ...pose,
    x: pose.x - LIGHT.x * SHADOW.distance * scale,
    y: pose.y - LIGHT.y * SHADOW.distance * scale,
  };
  const soft = SHADOW.softness * scale;
  eachPixel(canvas, shifted, soft, (pixel, _u, _v, distance, direction) => {
    const outside = (distance - pose.contour.radius[direction]) / pose.contour.stretch[direction];
    const light = 1 - SHADOW.darkness * (1 - step(-soft, soft, outside));
    for (let k = 0; k < 3; k++) canvas.rgb[pixel * 3 + k] *= light;
  });
}

/** Draws a creature over the canvas; its pixels get its id. */
export function drawCreature(canvas: Canvas, pose: Pose): void {
  const { contour, creature } = pose;
  const lightAngle = Math.atan2(LIGHT.y, LIGHT.x) - pose.heading;
  const lightX = Math.cos(lightAngle);
  const lightY = Math.sin(lightAngle);
  const colour = new Float32Array(3);
  eachPixel(canvas, pose, 2, (pixel, u, v, distance, direction) => {
    const outside = (distance - contour.radius[direction]) / contour.stretch[direction];
    const covers = Math.min(1, Math.max(0, 0.5 - outside));
    if (covers === 0) return;
    sampleSkin(pose, u, v, distance, contour.swing[direction], colour);
    const bulge = Math.min(1, distance / creature.scale);
    const facing = distance > 0 ? (u * lightX + v * lightY) / distance : 0;
    const rim = step(-0.3 * creature.scale, 0, outside);
    const light = 1.04 + 0.3 * facing * bulge - 0.22 * rim;
    for (let k = 0; k < 3; k++) {
      const i = pixel * 3 + k;
      canvas.rgb[i] = mix(canvas.rgb[i], colour[k] * light, covers);
    }
    if (covers >= 0.5) canvas.labels[pixel] = creature.id;
  });
}

/** The skin at a point of the body; limbs take their part of it with them when they swing. */
function sampleSkin(
  pose: Pose,
  u: number,
  v: number,
  distance: number,
  swing: number,
  out: Float32Array,
): void {
  const { scale, skin } = pose.creature;
  const turn = -swing * step(0.8, 1.2, distance / scale);
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  const unit = SKIN_UNIT / scale;
  const middle = SKIN_SIZE / 2 - 0.5;
  sampleTile(skin, (u * cos - v * sin) * unit + middle, (u * sin + v * cos) * unit + middle, out);
}

/** Calls `draw` for the pixels near a pose, with their place in the creature's own axes. */
function eachPixel(
  canvas: Canvas,
  pose: Pose,
  margin: number,
  draw: (pixel: number, u: number, v: number, distance: number, direction: number) => void,
): void {
  const reach = pose.contour.largest + margin;
  const cos = Math.cos(pose.heading);
  const sin = Math.sin(pose.heading);
  const bottom = Math.min(canvas.height - 1, Math.ceil(pose.y + reach));
  const right = Math.min(canvas.width - 1, Math.ceil(pose.x + reach));
  for (let y = Math.max(0, Math.floor(pose.y - reach)); y <= bottom; y++) {
    for (let x = Math.max(0, Math.floor(pose.x - reach)); x <= right; x++) {
      const dx = x - pose.x;
      const dy = y - pose.y;
      const distance = Math.sqrt(dx * dx + dy * dy);
      if (distance > reach) continue;
      const u = dx * cos + dy * sin;
      const v = dy * cos - dx * sin;
      draw(y * canvas.width + x, u, v, distance, directionOf(u, v));
    }
  }
}
