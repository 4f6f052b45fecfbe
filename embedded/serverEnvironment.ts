/** What a server needs of where it runs: programs, libraries, language, time, files, and certificates. */
const OWN =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TZDIR|TMPDIR|LD_LIBRARY_PATH|DYLD_\w+|XDG_\w+|SSL_CERT_\w+|GO[A-Z]+)$/;

/**
 * The environment of a server that is started here: nothing of Relay's own, whose keys any program of that server's user could
 * read.
 */
export function serverEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => OWN.test(name))), ...more };
}
