# SPDX-License-Identifier: Apache-2.0
# Many clients at once, each a process of its own.
package Crowd;
use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(time);

# Start functions, each with a way to report ($say->('a line')); their lines come from `lines`.
sub start {
    my ($class, @work) = @_;
    my @members = map {
        my $work = $_;
        my $pid = open(my $out, '-|') // die "fork: $!";
        if (!$pid) {
            $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
            srand($$ ^ int(1e6 * time));
            eval { $work->(sub { syswrite STDOUT, "$_[0]\n" }); 1 } or syswrite STDOUT, "died: $@";
            POSIX::_exit(0);
        }
        { pid => $pid, out => $out };
    } @work;
    return bless { members => \@members }, $class;
}

# Wait for all of them; everything they reported, in each one's order.
sub lines {
    my ($self) = @_;
    my @lines = map { my $out = $_->{out}; map { chomp; $_ } <$out> } @{ $self->{members} };
    close $_->{out} for @{ $self->{members} };
    return @lines;
}

sub stop { my ($self) = @_; kill 'TERM', map { $_->{pid} } @{ $self->{members} }; return $self->lines }

# The value below which this part of them lies.
sub quantile { my ($part, @values) = @_; @values = sort { $a <=> $b } @values; return $values[$#values * $part] }

1;
