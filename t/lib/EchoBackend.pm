# SPDX-License-Identifier: Apache-2.0
# Back ends that return what they receive: a FastCGI responder, which answers with its environment,
# an HTTP server, which answers with the head of the request, and a WebSocket server, which repeats
# each frame. Each runs in its own process.
package EchoBackend;
use strict;
use warnings;
use Digest::SHA qw(sha1_base64);
use IO::Socket::INET;
use StopAtExit ();

# Start a back end process; kind: 'fastcgi', 'http' or 'websocket'.
sub start {
    my ($class, $kind) = @_;
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp',
        Listen => 16
    ) or die "no free port: $!";
    my $parent = $$;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        # A test that dies takes its back ends with it.
        $SIG{ALRM} = sub { require POSIX; POSIX::_exit(0) if getppid != $parent; alarm 1 };
        alarm 1;
        my $serve = $class->can($kind);
        while (1) {
            my $s = $listener->accept or next;
            eval { $serve->($s) };
            close $s;
        }
    }
    my $self = bless { pid => $pid, port => $listener->sockport }, $class;
    return StopAtExit::add($self);
}

# The port it listens on.
sub port { $_[0]{port} }

# Kill the process.
sub stop {
    my ($self) = @_;
    StopAtExit::remove($self) or return;
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

# Read n bytes, or die at end of file.
sub read_exactly {
    my ($s, $n) = @_;
    my $data = '';
    while (length $data < $n) {
        sysread $s, $data, $n - length $data, length $data or $!{EINTR} or die 'closed';
    }
    return $data;
}

# Read up to the empty line after the headers.
sub read_head {
    my ($s) = @_;
    my $head = '';
    $head .= read_exactly($s, 1) until $head =~ /\r\n\r\n\z/;
    return $head;
}

# Answer one FastCGI request with its environment as text.
sub fastcgi {
    my ($s) = @_;
    my ($params, $id, $params_done, $input_done) = ('', 1);
    until ($params_done && $input_done) {
        my ($version, $type, $request, $length, $padding) = unpack 'CCnnC', read_exactly($s, 8);
        my $data = read_exactly($s, $length);
        read_exactly($s, $padding);
        $id = $request;
        if ($type == 4) { $params .= $data; $params_done = !$length }
        $input_done = 1 if $type == 5 && !$length;
    }
    my @words;
    while (length $params) {
        my @lengths = map {
            my ($n) = unpack 'C', $params;
            if ($n < 128) { substr $params, 0, 1, '' }
            else { $n = unpack('N', substr $params, 0, 4, '') & 0x7fffffff }
            $n
        } 1, 2;
        my ($name, $value) = map { substr $params, 0, $_, '' } @lengths;
        push @words, "$name=$value\n";
    }
    my $answer = "Content-Type: text/plain\r\n\r\n" . join '', sort @words;
    while (length $answer) {
        my $part = substr $answer, 0, 60_000, '';
        print $s pack('CCnnCC', 1, 6, $id, length $part, 0, 0), $part;
    }
    print $s pack('CCnnCC', 1, 6, $id, 0, 0, 0), pack('CCnnCC', 1, 3, $id, 8, 0, 0),
        pack('NCx3', 0, 0);
    return;
}

# Answer with the head of the request, or as `websocket`.
sub http {
    my ($s) = @_;
    my $head = read_head($s);
    return websocket($s, $head) if $head =~ /^Upgrade: *websocket/mi;
    my ($length) = $head =~ /^Content-Length: *(\d+)/mi;
    read_exactly($s, $length) if $length;
    print $s "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
        . length($head)
        . "\r\n\r\n$head";
    return;
}

# Answer the handshake with the request's fields under Echo- names, then return each short frame
# unmasked.
sub websocket {
    my ($s, $head) = @_;
    $head //= read_head($s);
    my ($key) = $head =~ /^Sec-WebSocket-Key: *(\S+)/mi;
    my $accept = sha1_base64(($key // '') . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=';
    my $echo = join '',
        map { /^((?:X|Who)[\w.-]*): *(.*?)\r?$/i ? "Echo-$1: $2\r\n" : () } split /\n/, $head;
    print $s "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        . "Sec-WebSocket-Accept: $accept\r\n$echo\r\n";
    $s->flush;
    while (1) {
        my ($op, $length) = unpack 'CC', read_exactly($s, 2);
        $length &= 127;
        my @mask = unpack 'C4', read_exactly($s, 4);
        my @data = unpack 'C*', read_exactly($s, $length);
        my $text = pack 'C*', map { $data[$_] ^ $mask[$_ % 4] } 0 .. $#data;
        syswrite $s, pack('CC', $op, $length) . $text;
        last if ($op & 15) == 8;
    }
    return;
}

1;
