# SPDX-License-Identifier: Apache-2.0
# A TCP forwarder whose target can be changed: connections that were made before stay with the old one.
package TcpForwarder;
use strict;
use warnings;
use File::Temp ();
use Httpd ();
use IO::Select;
use IO::Socket::INET;

my %running;

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

# Listens on a free port ($switch->{port}) and forwards to $port.
sub new {
    my ($class, $port) = @_;
    my $listener =
        IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp',
        Listen => 64)
        or die "no free port: $!";
    my $self = bless { port => $listener->sockport, target => File::Temp->new, owner => $$ },
        $class;
    $self->to($port);
    defined($self->{pid} = fork) or die "fork: $!";
    if (!$self->{pid}) {
        $SIG{CHLD} = 'IGNORE';
        $SIG{TERM} = sub { kill 'KILL', -$$; };
        setpgrp;
        while (my $client = $listener->accept) {
            next if fork;
            _forward($client, $self->target);
            require POSIX;
            POSIX::_exit(0);
        }
        require POSIX;
        POSIX::_exit(0);
    }
    $running{$self} = $self;
    return $self;
}

sub target {
    my ($self) = @_;
    open my $in, '<', $self->{target}->filename or die;
    return <$in> + 0;
}

# New connections go to this port.
sub to {
    my ($self, $port) = @_;
    my $name = $self->{target}->filename;
    open my $out, '>', "$name.new" or die;
    print $out "$port\n";
    close $out;
    rename "$name.new", $name or die;
    return;
}

sub stop {
    my ($self) = @_;
    delete $running{$self} or return;
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

sub END {
    my $status = $?;
    $_->stop for grep { $_->{owner} == $$ } values %running;
    $? = $status;
}

1;
