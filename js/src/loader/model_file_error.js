// What is wrong with a file of a model, for people and for programs.

/**
 * A file of a model is not what it should be. `code` is a word for programs (MISSING, HTML, GIT_LFS, ...), `file` the name of
 * the file, `message` says in plain words what is wrong, and `remedy` what to do about it.
 */
export class ModelFileError extends Error {
  constructor(code, file, message, remedy, options = undefined) {
    super(message, options);
    this.name = 'ModelFileError';
    this.code = code;
    this.file = file;
    this.remedy = remedy;
  }
}
