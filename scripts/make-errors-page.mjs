// Writes docs/errors.md from the table in src/errors.ts: node --import tsx scripts/make-errors-page.mjs
import { writeFile } from 'node:fs/promises';
import { errorKinds } from '../src/errors.ts';

const rows = Object.entries(errorKinds).map(
  ([code, { exit, meaning, cure }]) => `| \`${code}\` | ${exit} | ${meaning} | ${cure} |`,
);

const page = `# Errors

Made by \`scripts/make-errors-page.mjs\` from the table in \`src/errors.ts\`; change it there.

A fault that you can mend is told in one line on stderr: what is wrong, where (file, frame, object), and what to do.
Under \`--json\` the same stands on stdout as \`{"error": {"code", "message", "exit", "what", "where", "remedy"}}\`.
\`--verbose\` adds where in the program it arose.

| code | exit code | when | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}

Exit code 0 means done; a reader that closes the pipe (\`osvos … | head\`) counts as done too.
Exit code 1 is a fault of the program (\`bug\` under \`--json\`): please report it with the output under \`--verbose\`.
`;

await writeFile(new URL('../docs/errors.md', import.meta.url), page);
