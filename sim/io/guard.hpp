// Files that nobody vouches for are tried in a child process first: libhdf5 can crash, or never return, on
// damaged ones.
#pragma once
#include <functional>
#include <string>

#include "sim/io/seal.hpp"

namespace sim::io {

/// Makes sure that a file can be read: one whose seal is whole is taken at its word; of any other a child
/// process asks `complaint`, which reads the file and says what is wrong with it ("": nothing). throws
/// IoError if there is a complaint, or the child crashes, hangs or wants too much memory. A file that was
/// vouched for and has not changed since is not looked at again.
void vouch_for(const std::string& path, const std::function<std::string(Seal)>& complaint);

/// In the child: it is still at work. One that computes for three seconds without saying so hangs; so does one
/// that computes for four in all, and one more for every 10 MB of the file.
void note_progress();

}  // namespace sim::io
