/** Who is where in a synthetic clip: everything that the seed decides, before any frame is drawn. */
import { createRandom, deriveSeed, type Random } from '../../random.js';
import { contourAt } from './contour.js';
import { poseAt, scaleForArea, type Creature, type Path } from './creature.js';
import { createLight, type Light } from './light.js';
import { createBark, type Occluder } from './occluder.js';
import { createSeabed } from './seabed.js';
import { createSkin } from './skin.js';
import { ray, shufflePalettes, slug, star, turtle, type Pattern } from './species.js';
import type { SyntheticOptions } from './defaults.js';
import type { Tile } from './tile.js';

/** The camera pans for ever and breathes in zoom. */
export interface Camera {
  x: number;
  y: number;
  /** Pixels per frame. */
  speed: number;
  swayY: number;
  zoom: number;
}

export interface Scene {
  /** Painted when first asked for: labels do without. */
  ground(): Tile;
  camera: Camera;
  /** From back to front: the look-alike, then the objects. */
  creatures: Creature[];
  occluder: Occluder;
  light: Light;
}

/** Share of the frame that each object covers where there are one, two or three. */
const AREAS = [0.078, 0.056, 0.05];
const LOOK_ALIKE_AREA = 0.03;
/** Places of the objects and of the look-alike, as fractions of the frame. */
const PLACES = [
  [[0.4, 0.54]],
  [
    [0.3, 0.52],
    [0.7, 0.5],
  ],
  [
    [0.22, 0.55],
    [0.52, 0.44],
    [0.8, 0.58],
  ],
] as const;
const LOOK_ALIKE_PLACES = [
  [0.83, 0.4],
  [0.5, 0.85],
  [0.36, 0.88],
] as const;
/** Parts of the frame that the camera pans per frame, and the poles' speed relative to the ground's. */
const PAN = 0.009;
const PARALLAX = 1.5;
/** The pole stands in front of the first object in the middle of a clip, at this frame at the latest. */
const LATEST_OCCLUSION = 40;

const species: readonly { shape: (random: Random) => Creature['shape']; pattern: Pattern }[] = [
  { shape: turtle, pattern: 'plates' },
  { shape: ray, pattern: 'spots' },
  { shape: star, pattern: 'stripes' },
];

/** Builds the scene of checked options. Each part has its own generator, so that one does not change another. */
export function createScene(options: SyntheticOptions): Scene {
  const { width, height, objects, seed } = options;
  const randomFor = (part: string) => createRandom(deriveSeed(seed, part));
  const random = randomFor('layout');
  const mirrored = random.chance(0.5);
  const palettes = shufflePalettes(randomFor('palettes'));
  const place = ([x, y]: readonly [number, number]) => ({ x: width * (mirrored ? 1 - x : x), y: height * y });

  const create = (
    id: number,
    kind: (typeof species)[number],
    palette: number,
    share: number,
    at: { x: number; y: number },
  ) => {
    const own = randomFor(`creature ${id}`);
    const shape = kind.shape(own);
    const scale = scaleForArea(shape, share * width * height);
    const creature: Creature = {
      id,
      shape,
      skin: createSkin(kind.pattern, palettes[palette], own),
      scale,
      path: createPath(at, id === 0 ? 0.06 : 0.1, own),
      heading: (mirrored ? Math.PI : 0) + own.uniform(-0.5, 0.5) + (id === 0 ? own.uniform(1, 2) : 0),
      turn: own.uniform(0.35, 0.6),
      turnSpeed: own.uniform(0.05, 0.08) * (own.chance(0.5) ? 1 : -1),
    };
    if (id > 0) keepInside(creature, width, height);
    return creature;
  };

  const lookAlike = create(
    0,
    { shape: slug, pattern: 'stripes' },
    0,
    LOOK_ALIKE_AREA,
    place(LOOK_ALIKE_PLACES[objects - 1]),
  );
  const found = PLACES[objects - 1].map((at, i) =>
    create(i + 1, species[i], i, AREAS[objects - 1], place(at)),
  );
  const direction = mirrored ? 1 : -1; // the ground slides against the heading
  let ground: Tile | undefined;
  return {
    ground: () => (ground ??= createSeabed(width, height, randomFor('ground'))),
    camera: {
      x: random.uniform(0, 2 * width),
      y: random.uniform(0, 2 * height),
      speed: -direction * PAN * width,
      swayY: 0.05 * height,
      zoom: random.uniform(0.03, 0.05),
    },
    creatures: [lookAlike, ...found],
    occluder: placeOccluder(options, found[0], direction, randomFor('occluder')),
    light: createLight(randomFor('light')),
  };
}

function createPath(at: { x: number; y: number }, reach: number, random: Random): Path {
  const side = Math.min(at.x, at.y) * 2;
  return {
    ...at,
    reachX: reach * side * random.uniform(0.8, 1.2),
    reachY: reach * side * random.uniform(0.6, 1),
    speedX: random.uniform(0.06, 0.09),
    speedY: random.uniform(0.05, 0.08),
    phaseX: random.uniform(0, 2 * Math.PI),
    phaseY: random.uniform(0, 2 * Math.PI),
  };
}

/** Moves the path's centre so that the object never leaves the frame, where the frame is large enough for it. */
function keepInside(creature: Creature, width: number, height: number): void {
  const { path } = creature;
  let largest = 0;
  for (let frame = 0; frame < 60; frame += 3)
    largest = Math.max(largest, contourAt(creature.shape, frame, creature.scale).largest);
  const inside = (value: number, margin: number, length: number) =>
    margin > length / 2 ? length / 2 : Math.min(Math.max(value, margin), length - margin);
  path.x = inside(path.x, largest + path.reachX, width);
  path.y = inside(path.y, largest + path.reachY, height);
}

/** Starts the poles so that one passes the object's middle half-way through the clip and is clear of it at frame 0. */
function placeOccluder(
  options: SyntheticOptions,
  target: Creature,
  direction: number,
  random: Random,
): Occluder {
  const { width, height } = options;
  const when = Math.min((options.frames - 1) / 2, LATEST_OCCLUSION);
  const half = 0.022 * Math.sqrt(width * height);
  const start = poseAt(target, 0);
  const met = poseAt(target, when);
  // clear at the start: farther away than the object reaches
  const clear = start.contour.largest + 1.5 * half + Math.abs(met.x - start.x);
  const speed = direction * Math.max(PAN * PARALLAX * width, when > 0 ? clear / when : 0);
  const slant = random.uniform(0.08, 0.16) * (random.chance(0.5) ? 1 : -1);
  const x = when > 0 ? met.x - slant * (met.y - height / 2) - speed * when : start.x - direction * clear;
  return { x, spacing: 2 * width * PARALLAX, speed, half, slant, bark: createBark(random) };
}
