import { expect } from 'chai';
import { parseXml } from '../../../src/clips/annotation-formats/xml.js';

describe('XML', () => {
  it('gives elements, attributes and text', () => {
    const root = parseXml(`<?xml version="1.0" encoding="utf-8"?>
<!-- a <comment> -->
<a one="1" two='"2"'>
  <b/><b x = "y" />
  <c>text <![CDATA[<raw> & ]]>end</c>
</a>
`);
    expect(root.name).to.equal('a');
    expect([...root.attributes]).to.deep.equal([
      ['one', '1'],
      ['two', '"2"'],
    ]);
    expect(root.children.map(({ name }) => name)).to.deep.equal(['b', 'b', 'c']);
    expect([...root.children[1].attributes]).to.deep.equal([['x', 'y']]);
    expect(root.children[2].text).to.equal('text <raw> & end');
  });

  it('expands entities, and each of them once', () => {
    const { attributes } = parseXml('<a b="&lt;&amp;&gt;&quot;&apos;&#228;&#xE4;&amp;lt;"/>');
    expect(attributes.get('b')).to.equal('<&>"\'ää&lt;');
  });

  it('may begin with a byte order mark and hold any letters', () => {
    expect(parseXml('\uFEFF<größe länge="3"/>').attributes.get('länge')).to.equal('3');
  });

  for (const [fault, text, message] of [
    ['an element that is not closed', '<a><b></a>', '</a> without its start'],
    ['a file that ends early', '<a>\n<b x="1">\n', 'ends inside of <b>'],
    ['an attribute without quotes', '<a>\n<b x=1/></a>', 'no valid XML in line 2'],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a/>', 'no valid XML in line 1'],
    ['two roots', '<a/><b/>', 'no single root'],
    ['nothing', '', 'no single root'],
  ]) {
    it(`refuses ${fault}`, () => {
      expect(() => parseXml(text)).to.throw(message);
    });
  }
});
