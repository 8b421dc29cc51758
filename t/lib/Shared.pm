# SPDX-License-Identifier: Apache-2.0
# Third-party test data that the repository does not carry: in the folder "shared" beside the
# working tree, or in $AUTHSMS_SHARED.
package Shared;
use strict;
use warnings;

# The path of a file ("vectors/x.json"). A test skips what needs a missing file.
sub path { my ($name) = @_; return ($ENV{AUTHSMS_SHARED} // '../shared') . "/$name" }

1;
