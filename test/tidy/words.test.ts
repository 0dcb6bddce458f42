// Words that mean one thing, and words that the house does not use.

import { describe, expect, it } from 'vitest';
import { bare, COMMENT, files, sourcesIn, textOf, texts } from './house.ts';

/** Words of an identifier: `describeNodes` is describe, nodes. */
function wordsOf(identifier: string): string[] {
  return identifier
    .split(/(?=[A-Z])|[_$]/)
    .map((word) => word.toLowerCase())
    .filter((word) => word !== '');
}

function identifiersIn(file: string): string[] {
  return [...new Set(bare(file).match(/[A-Za-z_$][\w$]*/g) ?? [])];
}

/** Systems Manager calls what it manages nodes. */
const SPEAKS_OF_MANAGED_NODES: readonly string[] = [
  'cli/aws/read-cluster.ts',
  'functions/aws/documents.ts',
  'functions/discover-container-instances.ts',
];

function meansContainerInstance(file: string, identifier: string): boolean {
  const words = wordsOf(identifier);
  const node =
    words.some((word) => /^nodes?$/.test(word)) && !/^node(js)?$|NodeJS/.test(identifier);
  const machine = words.some(
    (word, index) => /^machines?$/.test(word) && words[index - 1] !== 'state',
  );
  // On its own it is a state machine wherever state machines are spoken of.
  const ofStates = /states?[-_ ]?machines?/i.test(textOf(file));
  return (node && !SPEAKS_OF_MANAGED_NODES.includes(file)) || (machine && !ofStates);
}

const VAGUE = /^(utils?|helpers?|managers?|misc|common-code)$/;

describe('words', () => {
  it('a container instance is called neither node nor machine', () => {
    const wrong = sourcesIn('functions', 'infra', 'cli').flatMap((file) =>
      identifiersIn(file)
        .filter((identifier) => meansContainerInstance(file, identifier))
        .map((identifier) => `${file}: ${identifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('an EC2 instance is called ec2InstanceId, except where AWS itself says instanceId', () => {
    const wrong = sourcesIn('functions/core', 'infra').filter((file) =>
      identifiersIn(file).includes('instanceId'),
    );
    expect(wrong).toEqual([]);
  });

  it('no file, folder or name is vague about what it holds', () => {
    const paths = files.filter((file) => file.split(/[/.]/).some((part) => VAGUE.test(part)));
    const named = files.filter((file) =>
      /(^|[/-])(utils?|helpers?|(?<!systems-)manager)\b/.test(file),
    );
    const names = sourcesIn('functions', 'infra', 'cli', 'simulator').flatMap((file) =>
      identifiersIn(file)
        .filter((identifier) => /^[A-Za-z]+(Utils?|Helpers?|Manager)$/.test(identifier))
        .filter((identifier) => !/systemsManager$/i.test(identifier))
        .map((identifier) => `${file}: ${identifier}`),
    );
    expect([...paths, ...named, ...names]).toEqual([]);
  });

  it('nothing speaks of where or by whom the house was built', () => {
    const places = ['../shar' + 'ed', 'knowled' + 'ge/', '/work' + '/', '/tmp' + '/c/'];
    const wrong = [...texts].flatMap(([file, text]) =>
      places.filter((place) => text.includes(place)).map((place) => `${file}: ${place}`),
    );
    expect(wrong).toEqual([]);
  });

  it('no comment or document needs an issue tracker to be understood', () => {
    // A number after a repository's name cites a public thread; alone it is nobody else's to find.
    const wrong = [...texts].flatMap(([file, text]) => {
      const prose = file.endsWith('.md')
        ? text
        : (text.match(new RegExp(COMMENT.source, 'g')) ?? []).join('\n');
      const cited = prose.replace(/[\w.-]+#\d+((,| and)? #\d+)*/g, '');
      return (cited.match(/(?<![\w&/])#\d+\b/g) ?? []).map((number) => `${file}: ${number}`);
    });
    expect(wrong).toEqual([]);
  });
});
