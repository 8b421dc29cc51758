# SPDX-License-Identifier: Apache-2.0
# A small HTTP/1.1 client that shows raw bytes, chunks, interim responses and repeated headers.
package Client;
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use OpenApi ();
use Time::HiRes qw(time);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# from => local address (any of 127/8), timeout => seconds, headers => sent with each request;
# api => path of the API, whose responses must be as documented ('': none), always200 => whether it
# has this AuthSMSStatus.
sub new {
    my ($class, $port, %o) = @_;
    return bless { port => $port, timeout => 20, headers => {}, api => '/app_api', %o }, $class;
}

# Open a connection.
sub connect {
    my ($self) = @_;
    return IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 5,
        $self->{from} ? (LocalAddr => $self->{from}) : ()
    ) // die "cannot connect: $!";
}

# Read until the server closes, `until` matches or the timeout ends.
sub read_all {
    my ($self, $s, $until) = @_;
    my ($text, $end) = ('', time + $self->{timeout});
    my $select = IO::Select->new($s);
    while ((my $left = $end - time) > 0) {
        next unless $select->can_read($left);
        my $n = sysread $s, my $more, 65536;
        last unless $n;
        $text .= $more;
        last if $until && $text =~ $until;
    }
    return $text;
}

# Send bytes unchanged; returns the responses as text.
sub raw {
    my ($self, @parts) = @_;
    my $s = $self->connect;
    local $SIG{PIPE} = 'IGNORE';
    for my $part (@parts) { syswrite $s, $part or last }
    my $text = $self->read_all($s);
    $self->{last} = [(split /\n/, join('', @parts), 2)[0], $text];
    return $text;
}

# A response to a request of the API, with this request line, must be as documented.
sub check {
    my ($self, $line, $answer) = @_;
    my ($method, $path) = $line =~ m{^([A-Z]+) (\S+) HTTP/1\.[01]\r?$};
    return if !$self->{api} || !defined $path || !defined $answer->{status};
    $path = OpenApi::normalize_path($path);
    return if $path !~ s{^\Q$self->{api}\E(?=/|\z)}{};
    # A server that was killed sends a part.
    return
        if length $answer->{body} < ($answer->{headers}{'content-length'}[0] // 0)
        && $method ne 'HEAD';
    OpenApi::require_documented($method, length $path ? $path : '/', $answer, $self->{always200});
    return;
}

# Parse the first response of a text: status, headers (name => [values]), body, json. The request
# line, if it was not the last one of raw.
sub parse {
    my ($self, $text, $request_line) = @_;
    my %answer = (raw => $text, interim => []);
    my $last = delete $self->{last} // ['', ''];
    $request_line //= $last->[0] if $last->[1] eq $text;
    while ($text =~ s{^HTTP/1\.1 (1\d\d)[^\r]*\r\n(?:[^\r]+\r\n)*\r\n}{}) {
        push @{ $answer{interim} }, $1;
    }
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    my ($line, @fields) = split /\r\n/, $head // '';
    ($answer{status}) = ($line // '') =~ m{^HTTP/1\.[01] (\d+)};
    for (@fields) { push @{ $answer{headers}{ lc $1 } }, $2 if /^([^:]+):\s*(.*)$/ }
    if (($answer{headers}{'transfer-encoding'}[0] // '') eq 'chunked') {
        my ($plain, $rest) = ('', $body // '');
        while ($rest =~ s/^([0-9a-fA-F]+)[^\r]*\r\n//) {
            my $n = hex $1 or last;
            $plain .= substr $rest, 0, $n, '';
            $rest =~ s/^\r\n//;
        }
        $body = $plain;
    }
    $answer{body} = $body // '';
    $answer{json} = eval { $json->decode($answer{body}) };
    $self->check($request_line, \%answer) if defined $request_line;
    return \%answer;
}

# Read the response to a request that was sent on a socket, "METHOD PATH", and parse it.
sub receive {
    my ($self, $socket, $request) = @_;
    return $self->parse($self->read_all($socket), "$request HTTP/1.1");
}

# Send a request; headers: a list of name => value pairs (repeats allowed).
sub request {
    my ($self, $method, $path, $headers, $body) = @_;
    my @fields = (%{ $self->{headers} }, @{ $headers // [] });
    my $text = "$method $path HTTP/1.1\r\nConnection: close\r\n";
    $text .= "Host: 127.0.0.1:$self->{port}\r\n" unless grep { lc eq 'host' } @fields;
    while (my ($name, $value) = splice @fields, 0, 2) { $text .= "$name: $value\r\n" }
    $text .= 'Content-Length: ' . length($body) . "\r\n" if defined $body;
    return $self->parse($self->raw("$text\r\n" . ($body // '')));
}

# GET a path.
sub get { my ($self, $path, @h) = @_; return $self->request('GET', $path, \@h) }

# POST data as JSON (text is sent unchanged).
sub json_post {
    my ($self, $path, $data, @h) = @_;
    return $self->request(
        'POST', $path, ['Content-Type' => 'application/json;charset=utf-8', @h],
        ref $data ? $json->encode($data) : $data
    );
}

# POST data as a form.
sub form_post {
    my ($self, $path, $data, @h) = @_;
    my $form = join '&', map { encode($_) . '=' . encode($data->{$_}) } sort keys %$data;
    return $self->request(
        'POST', $path,
        ['Content-Type' => 'application/x-www-form-urlencoded', @h], $form
    );
}

# Percent-encode a form value.
sub encode {
    my ($text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

1;
