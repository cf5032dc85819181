/**
 * Import this first: it makes the process that of the user whose number is in `BECOME`. By then every module has been
 * read, so the tests also run in a checkout that nobody but root may enter.
 */
const user = Number(process.env["BECOME"] ?? 0);
if (user !== 0) {
  process.setgroups?.([]);
  process.setgid?.(user);
  process.setuid?.(user);
}
