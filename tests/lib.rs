//! Nothing: the package exists for its one integration-test binary.
