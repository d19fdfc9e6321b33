import { expect } from 'chai';
import { architectureName, parseArchitecture } from '../../../src/networks/memory/memory-architecture.js';

describe('networks/memory/memory-architecture', () => {
  it('reads the names that it writes', () => {
    for (const [name, trunk, keys] of [
      ['stm-resnet18', 'resnet18', 'masked'],
      ['stm-resnet50', 'resnet50', 'masked'],
      ['stcn-resnet18', 'resnet18', 'image'],
      ['stcn-resnet50', 'resnet50', 'image'],
    ] as const) {
      expect(architectureName({ trunk, keys })).to.equal(name);
      expect(parseArchitecture(name)).to.deep.equal({ trunk, keys });
    }
  });

  it('knows no others', () => {
    for (const name of [
      undefined,
      '',
      'stm',
      'stm-vgg16',
      'stm-resnet50-v1',
      'osvos-resnet18',
      'kmn-resnet18',
      'stm-resnet18 ',
    ])
      expect(parseArchitecture(name), name).to.equal(undefined);
  });
});
