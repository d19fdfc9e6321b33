// Mocha's own `spec` reporter, which also writes the counts to the file that OSVOS_TEST_COUNTS names.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(process.env.OSVOS_TEST_COUNTS, JSON.stringify({ passes, failures, pending }));
    });
  }
};
