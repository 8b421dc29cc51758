# SPDX-License-Identifier: Apache-2.0
# Another server in a process of its own: nginx, Caddy, HAProxy, PHP-FPM. It ends with the test.
package Server;
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();
use StopAtExit ();
use Time::HiRes qw(sleep);

# The path of an installed program, or undef; names or patterns.
sub find {
    my (@names) = @_;
    return (grep { -x }
            map { glob "{/usr/sbin,/usr/bin,/usr/local/sbin,/usr/local/bin}/$_" } @names)[0];
}

# Run a command in the foreground until it accepts connections on its port (or socket file). It
# writes to the file $log.
sub start {
    my ($class, $port, $log, @command) = @_;
    my $self = bless { port => $port, log => $log }, $class;
    defined($self->{pid} = fork) or die "fork: $!";
    if (!$self->{pid}) {
        open STDIN, '<', '/dev/null' or die;
        open STDOUT, '>', $log or die;
        open STDERR, '>&', \*STDOUT or die;
        exec @command or POSIX::_exit(127);
    }
    StopAtExit::add($self);
    for (1 .. 400) {
        return $self if $self->accepts;
        last if waitpid($self->{pid}, POSIX::WNOHANG) > 0;
        sleep 0.05;
    }
    die "$command[0] does not start: " . $self->log;
}

# Does it accept connections?
sub accepts {
    my ($self) = @_;
    return -S $self->{port} if $self->{port} =~ m{/};
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port});
}

# What it printed.
sub log {
    my ($self) = @_;
    open my $in, '<', $self->{log} or return '';
    local $/;
    return scalar(<$in>) // '';
}

# Stop it.
sub stop {
    my ($self) = @_;
    StopAtExit::remove($self) or return;
    kill 'TERM', $self->{pid};
    for (1 .. 100) {
        return if waitpid($self->{pid}, POSIX::WNOHANG) != 0;
        sleep 0.05;
    }
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;
