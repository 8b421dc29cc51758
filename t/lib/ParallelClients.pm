# SPDX-License-Identifier: Apache-2.0
# Many clients at once, each a process of its own.
package ParallelClients;
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

# Wait for all of them; everything they reported, in each one's order.
sub lines {
    my ($self) = @_;
    my @lines = map {
        my $out = $_->{out};
        map { chomp; $_ } <$out>
    } @{ $self->{members} };
    close $_->{out} for @{ $self->{members} };
    return @lines;
}

sub stop {
    my ($self) = @_;
    kill 'TERM', map { $_->{pid} } @{ $self->{members} };
    return $self->lines;
}

# So many clients at once ask so many times each, by turns for each thing to ask (name => function that gives an answer); what
# was not 200, and how long each answer took: ([names], {name => [seconds]}).
sub ask {
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

# The value below which this part of them lies.
sub quantile {
    my ($part, @values) = @_;
    @values = sort { $a <=> $b } @values;
    return $values[$#values * $part];
}

1;
