// The part of asl-validator 4.0.0 that the lint calls; the package ships no types.

declare module 'asl-validator' {
  function validator(definition: object): { readonly errors: readonly object[] };
  export = validator;
}
