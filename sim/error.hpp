// Errors by who can mend them. The libraries throw these and never print, exit or abort; the command line
// maps them to exit codes.
#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>

#include "sim/time.hpp"

namespace sim {

/// Anything that stops a run. The message is one complete sentence for the user.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The configuration or the command line is wrong; `what()` reads "file:line: dotted.key: must be ..., got
/// ...".
class ConfigError : public Error {
  public:
    using Error::Error;
};

/// A file cannot be read or written; `what()` reads "path: what is wrong".
class IoError : public Error {
  public:
    using Error::Error;
};

/// The numbers broke: not finite, or a solver that made no progress.
class NumericsError : public Error {
  public:
    NumericsError(const std::string& model, std::size_t neuron, Time t, const std::string& what);
    /// what: a complete sentence
    explicit NumericsError(const std::string& what) : Error(what) {}
};

/// The user asked to stop (sim/stop.hpp).
class Interrupted : public Error {
  public:
    using Error::Error;
};

}  // namespace sim
