# SPDX-License-Identifier: Apache-2.0
# HAProxy in front of several PostgreSQL servers, configured as docs/high-availability.md shows it.
package Haproxy;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Httpd ();
use IO::Socket::INET;
use POSIX ();
use StopAtExit ();
use Time::HiRes qw(sleep);

my ($binary) = grep { -x } '/usr/sbin/haproxy', '/usr/bin/haproxy', '/usr/local/sbin/haproxy';

# Whether HAProxy is installed.
sub available { return defined $binary }

# The documented configuration with this test's ports.
sub _configuration {
    my ($port, @servers) = @_;
    open my $in, '<', "$Httpd::root/docs/high-availability.md"
        or die "docs/high-availability.md: $!";
    my ($text) = do { local $/; <$in> }
        =~ /^```\n(defaults\n.*?)^```/ms
        or die 'the documentation shows no configuration of HAProxy';
    $text =~ s/^( *bind ).*/${1}127.0.0.1:$port/m or die 'no bind';
    my $n = 0;
    my $lines = join '',
        map { "    server db" . ++$n . " 127.0.0.1:$_->[0] check port $_->[1]\n" } @servers;
    $text =~ s/(?:^ *server .*\n)+/$lines/m or die 'no server';
    return $text;
}

# Start HAProxy; servers: [port of PostgreSQL, port of its health check], ...
sub new {
    my ($class, @servers) = @_;
    my $self = bless {
        dir => tempdir('authsms-ha-XXXXXX', TMPDIR => 1, CLEANUP => 0),
        port => Httpd::free_port()
    }, $class;
    open my $out, '>', "$self->{dir}/haproxy.cfg" or die;
    print $out _configuration($self->{port}, @servers);
    close $out;
    defined($self->{pid} = fork) or die "fork: $!";
    if (!$self->{pid}) {
        open STDOUT, '>', "$self->{dir}/log" or die;
        open STDERR, '>&', \*STDOUT or die;
        exec $binary, '-db', '-f', "$self->{dir}/haproxy.cfg" or POSIX::_exit(1);
    }
    StopAtExit::add($self);
    for (1 .. 200) {
        return $self if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port});
        sleep 0.05;
    }
    die "HAProxy does not start, see $self->{dir}/log";
}

# Kill HAProxy and remove its files.
sub stop {
    my ($self) = @_;
    StopAtExit::remove($self) or return;
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    remove_tree($self->{dir}) unless $ENV{AUTHSMS_KEEP};
    return;
}

# Stand-in for Patroni's REST API: 200 for the primary, else 503. Returns (port, process id).
sub start_health_check {
    my ($pg) = @_;
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp',
        Listen => 64
    ) or die "no free port: $!";
    my $pid = fork // die "fork: $!";
    return ($listener->sockport, $pid) if $pid;
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP);
    while (my $client = $listener->accept) {
        my $primary = $pg->is_primary;
        my $status = $primary ? '200 OK' : '503 Service Unavailable';
        sysread $client, my $request, 4096;
        syswrite $client, "HTTP/1.0 $status\r\nContent-Length: 0\r\n\r\n";
        close $client;
    }
    POSIX::_exit(0);
}

1;
