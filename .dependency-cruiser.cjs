/** The room rules: imports run downwards only; see CONTRIBUTING.md. */
const chain = ['commands', 'jobs', 'methods', 'training', 'networks', 'engine'];
const side = ['weights', 'clips', 'datasets', 'snapping', 'scores', 'report', 'terminal'];
const plain = '^src/(errors|frame|label-map|progress|random)\\.ts$';
const rooms = (names) => `^src/(${names.join('|')})/`;

const upwards = chain.slice(1).map((room, i) => ({
  name: `${room}-imports-no-room-above`,
  severity: 'error',
  from: { path: rooms([room]) },
  to: { path: rooms(chain.slice(0, i + 1)) },
}));

module.exports = {
  forbidden: [
    ...upwards,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'side-rooms-import-no-chain',
      severity: 'error',
      from: { path: rooms(side) },
      to: { path: rooms(chain) },
    },
    {
      name: 'terminal-and-report-only-for-jobs-and-commands',
      severity: 'error',
      from: { pathNot: rooms(['jobs', 'commands', 'terminal', 'report']) },
      to: { path: rooms(['terminal', 'report']) },
    },
    {
      name: 'snapping-and-scores-are-plain',
      severity: 'error',
      from: { path: rooms(['snapping', 'scores']) },
      to: { path: '^src/', pathNot: [plain, rooms(['snapping']), rooms(['scores'])] },
    },
    {
      name: 'plain-types-import-nothing',
      severity: 'error',
      from: { path: plain },
      to: { path: '^src/', pathNot: plain },
    },
    {
      name: 'tensors-stay-below',
      severity: 'error',
      from: { pathNot: rooms(['engine', 'networks', 'training', 'methods']) },
      to: { path: '@tensorflow/' },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@tensorflow/tfjs-node' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
