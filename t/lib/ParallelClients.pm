# SPDX-License-Identifier: Apache-2.0
# Many clients at once, each in its own process.
package ParallelClients;
use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(time);

# Start functions, each with a way to report ($say->('a line')); lines() returns the reports.
sub start {
    my ($class, @work) = @_;
    my @members = map {
        my $work = $_;
        my $pid = open(my $out, '-|') // die "fork: $!";
        if (!$pid) {
            $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
            srand($$ ^ int(1e6 * time));
            eval {
                $work->(sub { syswrite STDOUT, "$_[0]\n" });
                1;
            } or syswrite STDOUT, "died: $@";
            POSIX::_exit(0);
        }
        { pid => $pid, out => $out };
    } @work;
    return bless { members => \@members }, $class;
}

# Wait for all clients; returns what they reported, client by client.
sub lines {
    my ($self) = @_;
    my @lines = map {
        my $out = $_->{out};
        map { chomp; $_ } <$out>
    } @{ $self->{members} };
    close $_->{out} for @{ $self->{members} };
    return @lines;
}

# Terminate the clients; returns what they reported.
sub stop {
    my ($self) = @_;
    kill 'TERM', map { $_->{pid} } @{ $self->{members} };
    return $self->lines;
}

# $clients clients send $times requests of each kind by turns (name => function that returns a
# response). Returns ([responses that were not 200], {name => [seconds]}).
sub repeat_requests {
    my ($class, $clients, $times, %ask) = @_;
    my @names = sort keys %ask;
    my @lines = $class->start(
        map {
            sub {
                my ($say) = @_;
                for (1 .. $times) {
                    for my $name (@names) {
                        my $begin = time;
                        my $r = eval { $ask{$name}->() };
                        $say->(join ' ', $r->{status} // 0, $name, time - $begin);
                    }
                }
            }
        } 1 .. $clients
    )->lines;
    my %took;
    for (grep { /^200 / } @lines) {
        my (undef, $name, $seconds) = split;
        push @{ $took{$name} }, $seconds;
    }
    return ([grep { !/^200 / } @lines], \%took);
}

# The value below which this part of the values lies.
sub quantile {
    my ($part, @values) = @_;
    @values = sort { $a <=> $b } @values;
    return $values[$#values * $part];
}

1;
