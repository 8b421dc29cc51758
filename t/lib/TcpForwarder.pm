# SPDX-License-Identifier: Apache-2.0
# A TCP forwarder with a target that can change. Open connections stay with the old target.
package TcpForwarder;
use strict;
use warnings;
use File::Temp ();
use Httpd ();
use IO::Select;
use IO::Socket::INET;
use StopAtExit ();

# Copy bytes both ways until one side closes.
sub _forward {
    my ($client, $port) = @_;
    my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or return;
    my $both = IO::Select->new($client, $server);
    while (1) {
        for my $from ($both->can_read) {
            sysread $from, my $bytes, 65536 or return;
            print { $from == $client ? $server : $client } $bytes or return;
        }
    }
}

# Listen on a free port ($forwarder->{port}) and forward to $port.
sub new {
    my ($class, $port) = @_;
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp',
        Listen => 64
    ) or die "no free port: $!";
    my $self = bless { port => $listener->sockport, target => File::Temp->new },
        $class;
    $self->forward_to($port);
    defined($self->{pid} = fork) or die "fork: $!";
    if (!$self->{pid}) {
        $SIG{CHLD} = 'IGNORE';
        $SIG{TERM} = sub { kill 'KILL', -$$; };
        setpgrp;
        while (my $client = $listener->accept) {
            next if fork;
            _forward($client, $self->target_port);
            require POSIX;
            POSIX::_exit(0);
        }
        require POSIX;
        POSIX::_exit(0);
    }
    StopAtExit::add($self);
    return $self;
}

# The present target.
sub target_port {
    my ($self) = @_;
    open my $in, '<', $self->{target}->filename or die;
    return <$in> + 0;
}

# Forward new connections to this port.
sub forward_to {
    my ($self, $port) = @_;
    my $name = $self->{target}->filename;
    open my $out, '>', "$name.new" or die;
    print $out "$port\n";
    close $out;
    rename "$name.new", $name or die;
    return;
}

# End the forwarder and its connections.
sub stop {
    my ($self) = @_;
    StopAtExit::remove($self) or return;
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;
