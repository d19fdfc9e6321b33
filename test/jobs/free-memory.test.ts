import { expect } from 'chai';
import { freeMemory } from '../../src/jobs/free-memory.js';

const GB = 2 ** 30;
const meminfo = `MemTotal:       33554432 kB\nMemFree:          524288 kB\nMemAvailable:   ${8 * 2 ** 20} kB\n`;

function on(files: Record<string, string>): number {
  return freeMemory('linux', (file) => ({ '/proc/meminfo': meminfo, ...files })[file]);
}

describe('free memory', () => {
  it('is what the kernel calls available, not what lies idle', () => {
    expect(on({})).to.equal(8 * GB);
  });

  it('is what a control group of version 2 leaves, files kept in memory not counted', () => {
    const files = {
      '/proc/self/cgroup': '0::/user.slice/job\n',
      '/sys/fs/cgroup/user.slice/job/memory.max': 'max\n',
      '/sys/fs/cgroup/user.slice/job/memory.current': `${GB}\n`,
      '/sys/fs/cgroup/user.slice/memory.max': `${3 * GB}\n`,
      '/sys/fs/cgroup/user.slice/memory.current': `${2 * GB}\n`,
      '/sys/fs/cgroup/user.slice/memory.stat': `anon 5\ninactive_file ${GB / 2}\nactive_file 7\n`,
    };
    expect(on(files)).to.equal(1.5 * GB);
  });

  it('is what a container of version 1 leaves, whose own path is not there', () => {
    const files = {
      '/proc/self/cgroup': '5:cpu,cpuacct:/docker/1\n4:memory:/docker/1\n0::/\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${2 * GB}\n`,
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': `${GB}\n`,
      '/sys/fs/cgroup/memory/memory.stat': `inactive_file 3\ntotal_inactive_file ${GB / 4}\n`,
    };
    expect(on(files)).to.equal(1.25 * GB);
  });

  it('takes the limits that are none, and those above the machine, for what they are', () => {
    const files = {
      '/proc/self/cgroup': '4:memory:/a\n',
      '/sys/fs/cgroup/memory/a/memory.limit_in_bytes': '9223372036854771712\n',
      '/sys/fs/cgroup/memory/a/memory.usage_in_bytes': '12\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${64 * GB}\n`,
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '12\n',
    };
    expect(on(files)).to.equal(8 * GB);
  });

  it('is more than this test needs, on the machine that runs it', () => {
    expect(freeMemory()).to.be.above(50e6);
  });
});
