# SPDX-License-Identifier: Apache-2.0
# Stops the servers that still run when a test ends, however it ends. Forked children stop none.
package StopAtExit;
use strict;
use warnings;

my %running;

# Call $server->stop when this process ends.
sub add {
    my ($server) = @_;
    $running{$server} = { server => $server, owner => $$ };
    return $server;
}

# Whether this process has to stop $server now: it added it, and has not stopped it yet.
sub remove {
    my ($server) = @_;
    my $entry = $running{$server} or return 0;
    return 0 if $entry->{owner} != $$;
    delete $running{$server};
    return 1;
}

# Stop what this process has added.
sub END {
    my $status = $?;
    $_->{server}->stop for grep { $_->{owner} == $$ } values %running;
    $? = $status;
}

1;
