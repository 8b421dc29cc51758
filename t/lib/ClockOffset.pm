# SPDX-License-Identifier: Apache-2.0
# A wall clock for httpd that a test sets (clock_offset.c).
package ClockOffset;
use strict;
use warnings;
use File::Temp qw(tempdir);

# undef without a C compiler. The offset is 0 s.
sub new {
    my ($class) = @_;
    my $folder = tempdir('authsms-clock-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { folder => $folder }, $class;
    chmod 0755, $folder;
    return if system "cc -shared -fPIC -o $folder/clock_offset.so t/lib/clock_offset.c 2>/dev/null";
    $self->set(0);
    return $self;
}

# For `env` of Site or Httpd.
sub env {
    my ($self) = @_;
    return {
        LD_PRELOAD => "$self->{folder}/clock_offset.so",
        CLOCK_OFFSET => "$self->{folder}/offset"
    };
}

# Set the clock this many seconds ahead of the host's.
sub set {
    my ($self, $seconds) = @_;
    open my $out, '>', "$self->{folder}/new" or die "clock: $!";
    print $out $seconds;
    close $out;
    chmod 0644, "$self->{folder}/new";
    rename "$self->{folder}/new", "$self->{folder}/offset" or die "clock: $!";
    return;
}

1;
